package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/mesh/link"
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
					shown := []auditJSON{}
					for _, r := range all {
						shown = append(shown, auditOf(r))
					}
					return printJSON(command.OutOrStdout(), shown)
				}
				return printTable(command.OutOrStdout(), "TIME NODE COMMAND ARGUMENTS KEY", func(row func(...any)) {
					for _, r := range all {
						row(time.UnixMilli(r.TimeMS).UTC().Format(time.RFC3339Nano), auditOf(r).NodeIDHex, r.Command, described(r.Arguments), r.Key)
					}
				})
			})
		},
	})
}

// auditJSON is what audit --json prints of an order. What its signature covers has the names that it has on its way, and
// numbers that need 64 bits are shown as by the other commands.
type auditJSON struct {
	V           int               `json:"v"`
	TimeMS      int64             `json:"time_ms"`
	Mesh        string            `json:"mesh"`
	NodeID      uint64            `json:"node_id"`
	NodeIDHex   string            `json:"node_id_hex"`
	Instance    uint64            `json:"instance"`
	InstanceHex string            `json:"instance_hex"`
	Key         string            `json:"key"`
	Command     orders.Command    `json:"command"`
	Arguments   map[string]string `json:"arguments"`
	ExpiresMS   int64             `json:"expires_ms"`
	Nonce       string            `json:"nonce"`
	Signature   string            `json:"signature"`
}

func auditOf(r orders.Record) auditJSON {
	node, _ := link.ParseHex(r.Node) // both were read before
	instance, _ := link.ParseHex(r.Instance)
	return auditJSON{
		V: r.V, TimeMS: r.TimeMS, Mesh: r.Mesh, NodeID: node, NodeIDHex: hexID(node), Instance: instance, InstanceHex: hexID(instance),
		Key: r.Key, Command: r.Command, Arguments: r.Arguments, ExpiresMS: r.ExpiresMS, Nonce: r.Nonce, Signature: r.Signature,
	}
}

// described are arguments on one line. They are from outside: what isn't printable is quoted.
func described(arguments map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		all = append(all, fmt.Sprintf("%s=%q", name, arguments[name]))
	}
	return strings.Join(all, " ")
}
