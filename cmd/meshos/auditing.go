package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/mesh/orders"
)

func newAudit() *cobra.Command {
	s := &shared{}
	return s.flags(&cobra.Command{
		Use: "audit", Short: "Show the orders that nodes have taken, oldest first", Args: arguments(cobra.NoArgs),
		Long: `Show the orders that nodes have taken, oldest first. --json prints an array.`,
		RunE: func(command *cobra.Command, _ []string) error {
			return s.in(func(m *remote.Mesh) error {
				all := []orders.Record{}
				passed, err := m.Audit(func(r orders.Record) error { all = append(all, r); return nil })
				if err != nil {
					return err
				}
				if passed > 0 {
					fmt.Fprintf(command.ErrOrStderr(), "meshos: %d messages of the audit stream are passed over: they are no records of orders that were signed and taken\n", passed)
				}
				if s.json {
					return printJSON(command.OutOrStdout(), all)
				}
				return printTable(command.OutOrStdout(), "TIME NODE COMMAND ARGUMENTS KEY", func(row func(...any)) {
					for _, r := range all {
						row(time.UnixMilli(r.TimeMS).UTC().Format(time.RFC3339Nano), r.Node, r.Command, described(r.Arguments), r.Key)
					}
				})
			})
		},
	})
}

// described are arguments on one line. They are from outside: what isn't printable is quoted.
func described(arguments map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		all = append(all, fmt.Sprintf("%s=%q", name, arguments[name]))
	}
	return strings.Join(all, " ")
}
