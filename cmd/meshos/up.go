package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/serve"
)

func newUp() *cobra.Command {
	o := serve.Default()
	up := &cobra.Command{
		Use:   "up",
		Short: "Run the server of a mesh on this machine, until SIGTERM or SIGINT",
		Long: `Run the server of a mesh on this machine, until SIGTERM or SIGINT.

One line on standard output says when it is ready, and where:

    meshos: ready at nats://127.0.0.1:4222, store ./meshos-data, sync always`,
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return misuse{err}
			}
			ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return serve.Run(ended, o, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	f := up.Flags()
	f.StringVar(&o.Listen, "listen", o.Listen, "address for nodes and operators; port 0 takes a free one")
	f.StringVar(&o.Store, "store", o.Store, "folder that keeps what the mesh stores; made where it is missing")
	f.StringVar(&o.Sync, "sync", o.Sync, "when what is stored is on disk: always (before it is acknowledged), or every so often, such as 2m")
	f.BoolVar(&o.Verbose, "verbose", false, "show what the server does, too, and not only warnings and errors")
	return up
}
