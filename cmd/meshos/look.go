package main

import (
	"fmt"
	"strings"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
)

func newNodes() *cobra.Command {
	s := &shared{}
	return s.flags(&cobra.Command{
		Use: "nodes", Short: "Show the nodes of the mesh, as one of them sees them", Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return s.in(func(m *remote.Mesh) error {
				nodes, err := m.Directory()
				if err != nil {
					return err
				}
				if s.json {
					return printJSON(command.OutOrStdout(), nodes)
				}
				return printTable(command.OutOrStdout(), "NODE HEALTH MAINTENANCE RTT DAEMONS STANDBYS VERSION STARTED", func(row func(...any)) {
					for _, n := range nodes {
						rtt := "-"
						if n.RTTMS != nil {
							rtt = fmt.Sprintf("%.1f ms", *n.RTTMS)
						}
						row(hexID(n.ID), n.Health, n.Maintenance, rtt, n.Daemons, n.Standbys, n.Version,
							time.UnixMilli(n.StartedMS).UTC().Format(time.RFC3339))
					}
				})
			})
		},
	})
}

// daemonJSON is a daemon in daemons --json.
type daemonJSON struct {
	ID          uint64   `json:"id"`
	IDHex       string   `json:"id_hex"`
	Name        string   `json:"name"`
	NodeID      uint64   `json:"node_id"` // that runs it; 0: none
	NodeIDHex   string   `json:"node_id_hex"`
	Lifecycle   string   `json:"lifecycle"` // as its node shows it; standby: nodes have it and none runs it; down: none has it
	Standbys    []uint64 `json:"standbys"`  // nodes that would take over, in their order
	StandbysHex []string `json:"standbys_hex"`
	InboxDepth  uint64   `json:"inbox_depth"`
	EventsIn    uint64   `json:"events_in"` // by this node, since it has run it, as the next two
	Outputs     uint64   `json:"outputs"`
	Failures    uint64   `json:"failures"`
	Committed   uint64   `json:"committed"`        // sequence of the last commit in its stream; 0: none
	Foreign     uint64   `json:"foreign_messages"` // on its subjects, which the node that runs it has passed over
}

func daemonOf(d *remote.Daemon) daemonJSON {
	standbys, inHex := []uint64{}, []string{}
	for _, node := range d.Standbys {
		standbys, inHex = append(standbys, node), append(inHex, hexID(node))
	}
	return daemonJSON{
		ID: d.ID, IDHex: hexID(d.ID), Name: d.Name, NodeID: d.Node, NodeIDHex: hexID(d.Node), Lifecycle: d.Lifecycle,
		Standbys: standbys, StandbysHex: inHex,
		InboxDepth: d.Running.InboxDepth, EventsIn: d.Running.EventsIn, Outputs: d.Running.Outputs,
		Failures: d.Running.Failures, Committed: d.Committed, Foreign: d.Running.Mesh.Foreign,
	}
}

func (s *shared) showDaemons(command *cobra.Command, look []daemonJSON) error {
	return printTable(command.OutOrStdout(), "ID NAME NODE LIFECYCLE STANDBYS INBOX EVENTS OUTPUTS FAILURES COMMITTED", func(row func(...any)) {
		for _, d := range look {
			node := "-"
			if d.NodeID != 0 {
				node = d.NodeIDHex
			}
			standbys := "-"
			if len(d.StandbysHex) > 0 {
				standbys = strings.Join(d.StandbysHex, ",")
			}
			row(d.IDHex, d.Name, node, d.Lifecycle, standbys, d.InboxDepth, d.EventsIn, d.Outputs,
				d.Failures, d.Committed)
		}
	})
}

func newDaemons() *cobra.Command {
	s := &shared{}
	return s.flags(&cobra.Command{
		Use: "daemons", Short: "Show the daemons of the mesh", Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return s.in(func(m *remote.Mesh) error {
				daemons, err := m.Daemons()
				if err != nil {
					return err
				}
				look := make([]daemonJSON, len(daemons))
				for i := range daemons {
					look[i] = daemonOf(&daemons[i])
				}
				if s.json {
					return printJSON(command.OutOrStdout(), look)
				}
				return s.showDaemons(command, look)
			})
		},
	})
}

func newDaemon() *cobra.Command {
	s := &shared{}
	return s.flags(&cobra.Command{
		Use: "daemon DAEMON", Short: "Show one daemon", Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, given []string) error {
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				daemons, err := m.Daemons()
				if err != nil {
					return err
				}
				for i := range daemons {
					if daemons[i].ID != id {
						continue
					}
					look := daemonOf(&daemons[i])
					if s.json {
						return printJSON(command.OutOrStdout(), look)
					}
					return s.showDaemons(command, []daemonJSON{look})
				}
				return fmt.Errorf("daemon %s: %w: it has gone meanwhile", given[0], remote.ErrNotFound)
			})
		},
	})
}

func newPeers() *cobra.Command {
	s := &shared{}
	node := ""
	command := s.flags(&cobra.Command{
		Use: "peers", Short: "Show the peers of a node, as that node sees them, in JSON", Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return s.in(func(m *remote.Mesh) error {
				text, err := peers(m, node)
				if err != nil {
					return err
				}
				return printJSON(command.OutOrStdout(), text)
			})
		},
	})
	command.Flags().StringVar(&node, "node", "", "whose peers (the node with the lowest id)")
	return command
}

// peers are those that a node's runtime_json has.
func peers(m *remote.Mesh, node string) (json.RawMessage, error) {
	of, err := m.Any()
	if node != "" {
		of, err = m.Node(node)
	}
	if err != nil {
		return nil, err
	}
	runtime, err := m.Runtime(of.Node)
	if err != nil {
		return nil, err
	}
	var mesh struct {
		Peers json.RawMessage `json:"peers"`
	}
	if err := json.Unmarshal(runtime.Mesh, &mesh); err != nil || mesh.Peers == nil {
		return nil, fmt.Errorf("node %016x shows no peers", of.Node)
	}
	return mesh.Peers, nil
}
