package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "meshos",
		Short: "Run the server of a mesh, look into a mesh, and operate it",
		Long: `Run the server of a mesh, look into a mesh, and operate it.

A DAEMON is a name, or an id: decimal, 0x and hex digits, or 16 hex digits. A NODE is an id.
Exit statuses: 0 done, 1 failed, 2 wrong call, 3 the mesh or its nodes can't be reached,
4 no such node or daemon, 5 the node refuses the order.`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          arguments(cobra.NoArgs),
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuse{err} })
	root.AddCommand(newUp(),
		newNodes(), newDaemons(), newDaemon(), newPeers(), newLogs(), newEvents(), newAudit(),
		newPost(), newDeliver(), newSnapshot(), newRestore(),
		newDrain(), newResume(), newStop(), newRestart(), newForget(), newLogLevel(),
		newKeygen(), newUsers())
	return root
}

// strict makes wrong calls of the commands that cobra adds by itself wrong calls: it shows their help otherwise. They
// print to what the root prints to by now.
func strict(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, command := range root.Commands() {
		switch command.Name() {
		case "completion":
			command.Args = arguments(cobra.NoArgs)
			command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
			for _, shell := range command.Commands() {
				shell.Args = arguments(cobra.NoArgs)
			}
		case "help":
			command.Args = func(_ *cobra.Command, about []string) error {
				if found, _, err := root.Find(about); err != nil || found == nil || len(about) > 0 && found == root {
					return misuse{fmt.Errorf("there is no command %q", about)}
				}
				return nil
			}
		}
	}
}
