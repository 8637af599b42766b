package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// A misuse is a wrong call, as opposed to one that failed.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

func statusOf(err error) int {
	if _, wrong := errors.AsType[misuse](err); wrong {
		return 2
	}
	return 1
}

// arguments makes what cobra says about the number of arguments a misuse.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(command *cobra.Command, given []string) error {
		if err := check(command, given); err != nil {
			return misuse{err}
		}
		return nil
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "meshos",
		Short:         "Run the server of a mesh, look into a mesh, and operate it",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          arguments(cobra.NoArgs),
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuse{err} })
	root.AddCommand(newUp())
	return root
}
