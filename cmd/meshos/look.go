package main

import (
	"fmt"
	"strings"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
)

// nodeJSON is a node in nodes --json.
type nodeJSON struct {
	NodeID      uint64  `json:"node_id"`
	NodeIDHex   string  `json:"node_id_hex"`
	Health      string  `json:"health"` // healthy, degraded: a daemon of it is unhealthy; unreachable: it doesn't answer
	Maintenance string  `json:"maintenance"`
	RTTMS       float64 `json:"rtt_ms"`   // of the question to it, here
	Daemons     int     `json:"daemons"`  // that it runs
	Standbys    int     `json:"standbys"` // that it would take over
	Version     string  `json:"version"`
	StartedMS   int64   `json:"started_ms"` // milliseconds since 1970
	Instance    string  `json:"instance"`   // 16 hex digits, others after each start
}

func nodeOf(n *remote.Node) nodeJSON {
	look := nodeJSON{
		NodeID: n.Lease.Node, NodeIDHex: hexID(n.Lease.Node), Health: "healthy", Maintenance: n.Runtime.Maintenance.State,
		RTTMS: float64(n.RTT.Microseconds()) / 1000, Version: n.Version, StartedMS: n.StartedMS,
		Instance: fmt.Sprintf("%016x", n.Instance),
	}
	if n.Err != nil {
		look.Health, look.Maintenance = "unreachable", "unknown"
		return look
	}
	for _, d := range n.Runtime.Daemons {
		if d.Lifecycle == remote.Standby {
			look.Standbys++
			continue
		}
		look.Daemons++
		if strings.EqualFold(d.Health, "unhealthy") {
			look.Health = "degraded"
		}
	}
	return look
}

func newNodes() *cobra.Command {
	s := &shared{}
	return s.flags(&cobra.Command{
		Use: "nodes", Short: "Show the nodes of the mesh", Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return s.in(func(m *remote.Mesh) error {
				nodes, err := m.Nodes()
				if err != nil {
					return err
				}
				look := make([]nodeJSON, len(nodes))
				for i := range nodes {
					look[i] = nodeOf(&nodes[i])
				}
				if s.json {
					return printJSON(command.OutOrStdout(), look)
				}
				return printTable(command.OutOrStdout(), "NODE ID HEALTH MAINTENANCE RTT DAEMONS STANDBYS VERSION STARTED", func(row func(...any)) {
					for _, n := range look {
						row(n.NodeID, n.NodeIDHex, n.Health, n.Maintenance, fmt.Sprintf("%.1f ms", n.RTTMS), n.Daemons, n.Standbys,
							n.Version, time.UnixMilli(n.StartedMS).UTC().Format(time.RFC3339))
					}
				})
			})
		},
	})
}

// daemonJSON is a daemon in daemons --json.
type daemonJSON struct {
	ID         uint64   `json:"id"`
	IDHex      string   `json:"id_hex"`
	Name       string   `json:"name"`
	NodeID     uint64   `json:"node_id"`   // that runs it; 0: none
	Lifecycle  string   `json:"lifecycle"` // as its node shows it; standby: nodes have it and none runs it; down: none has it
	Standbys   []uint64 `json:"standbys"`  // nodes that would take over, in their order
	InboxDepth uint64   `json:"inbox_depth"`
	EventsIn   uint64   `json:"events_in"` // by this node, since it has run it, as the next two
	Outputs    uint64   `json:"outputs"`
	Failures   uint64   `json:"failures"`
	Committed  uint64   `json:"committed"` // sequence of the last commit in its stream; 0: none
}

func daemonOf(d *remote.Daemon) daemonJSON {
	standbys := d.Standbys
	if standbys == nil {
		standbys = []uint64{}
	}
	return daemonJSON{
		ID: d.ID, IDHex: hexID(d.ID), Name: d.Name, NodeID: d.Node, Lifecycle: d.Lifecycle, Standbys: standbys,
		InboxDepth: d.Running.InboxDepth, EventsIn: d.Running.EventsIn, Outputs: d.Running.Outputs,
		Failures: d.Running.Failures, Committed: d.Committed,
	}
}

func (s *shared) showDaemons(command *cobra.Command, look []daemonJSON) error {
	return printTable(command.OutOrStdout(), "ID NAME NODE LIFECYCLE STANDBYS INBOX EVENTS OUTPUTS FAILURES COMMITTED", func(row func(...any)) {
		for _, d := range look {
			node := "-"
			if d.NodeID != 0 {
				node = fmt.Sprint(d.NodeID)
			}
			row(d.IDHex, d.Name, node, d.Lifecycle, strings.Trim(fmt.Sprint(d.Standbys), "[]"), d.InboxDepth, d.EventsIn, d.Outputs,
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
