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
	f.StringVar(&o.Max, "max-store", "", "bytes that the store may have, such as 10GB (what the disk has, less a reserve)")
	f.IntVar(&o.Processors, "processors", 0, "how many it uses (half of those there are, as nodes need the others)")
	f.StringVar(&o.HTTP, "http", "", "address of pages about the server: /healthz, /varz and others of NATS")
	f.StringVar(&o.Cluster, "cluster", "", "address for the other servers of a cluster of three")
	f.StringSliceVar(&o.Routes, "routes", nil, "addresses (--cluster) of the other servers")
	f.StringVar(&o.Name, "name", "", "name of this server in its cluster (made from its address)")
	f.StringVar(&o.TLSCert, "tls-cert", "", "file with the server's certificate: nodes come by TLS only")
	f.StringVar(&o.TLSKey, "tls-key", "", "file with its key")
	f.StringVar(&o.TLSCA, "tls-ca", "", "file with certificates of who signs those of nodes, which nodes must have then")
	f.StringVar(&o.Token, "token", "", "what nodes must give: nats://TOKEN@HOST:PORT")
	f.StringVar(&o.Users, "users", "", "file that says who may do what, made by meshos users or in the words of nats-server")
	f.BoolVar(&o.Verbose, "verbose", false, "show what the server does, too, and not only warnings and errors")
	return up
}
