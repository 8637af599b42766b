package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/orders"
)

// done is what an order prints.
type done struct {
	OK          bool           `json:"ok"`
	Command     orders.Command `json:"command"`
	NodeID      uint64         `json:"node_id"` // that has carried it out
	NodeIDHex   string         `json:"node_id_hex"`
	DaemonID    *uint64        `json:"daemon_id,omitempty"` // nil: the order was for the node
	DaemonIDHex string         `json:"daemon_id_hex,omitempty"`
}

func (s *shared) done(command *cobra.Command, d done) error {
	d.OK, d.NodeIDHex = true, hexID(d.NodeID)
	if d.DaemonID != nil {
		d.DaemonIDHex = hexID(*d.DaemonID)
	}
	if s.json {
		return printJSON(command.OutOrStdout(), d)
	}
	about := ""
	if d.DaemonIDHex != "" {
		about = " " + d.DaemonIDHex
	}
	_, err := fmt.Fprintf(command.OutOrStdout(), "%s%s: done by node %s\n", d.Command, about, d.NodeIDHex)
	return err
}

// orderTime is how long a node may take to carry out an order: stopping a daemon takes as long as its callbacks do.
const orderTime = time.Minute

// nodeOrder is a command that orders something of a node. named makes the order's arguments of the words behind the
// node; nil: there are none.
func nodeOrder(use, short string, words int, order orders.Command, named func(words []string) map[string]string,
	after func(m *remote.Mesh, l remote.Lease) error) *cobra.Command {
	s := &shared{}
	return s.orderFlags(&cobra.Command{
		Use: use, Short: short, Args: arguments(cobra.ExactArgs(1 + words)),
		RunE: func(command *cobra.Command, given []string) error {
			seed, err := s.seed()
			if err != nil {
				return err
			}
			return s.in(func(m *remote.Mesh) error {
				to, err := m.Node(given[0])
				if err != nil {
					return err
				}
				var more map[string]string
				if named != nil {
					more = named(given[1:])
				}
				if err := m.Order(to, order, more, seed, orderTime); err != nil {
					return err
				}
				if after != nil {
					if err := after(m, to); err != nil {
						return err
					}
				}
				return s.done(command, done{Command: order, NodeID: to.Node})
			})
		},
	})
}

func newDrain() *cobra.Command {
	wait := false
	command := nodeOrder("drain NODE", "Have a node hand its daemons over and enter maintenance", 0, orders.Drain, nil,
		func(m *remote.Mesh, l remote.Lease) error {
			if !wait {
				return nil
			}
			return untilDrained(m, l)
		})
	command.Flags().BoolVar(&wait, "wait", false, "until the node is in maintenance")
	return command
}

// untilDrained waits for the end of the drain, which the node bounds itself.
func untilDrained(m *remote.Mesh, l remote.Lease) error {
	for {
		runtime, err := m.Runtime(l.Node)
		if err != nil {
			return err
		}
		switch state := runtime.Maintenance.State; state {
		case "Maintenance":
			return nil
		case "EnteringMaintenance":
			time.Sleep(100 * time.Millisecond) // a question to the node each
		default:
			return fmt.Errorf("the drain of node %016x has ended in %s", l.Node, state)
		}
	}
}

func newResume() *cobra.Command {
	return nodeOrder("resume NODE", "Have a node leave maintenance", 0, orders.Resume, nil, nil)
}

// daemonOrder is a command that orders something of a daemon. Any node takes it, and the mesh leads it to where the
// daemon is. prepare reads what the command needs besides, before the mesh is asked, and returns what gives the order.
func daemonOrder(use, short string, order orders.Command, prepare func() (give, error)) *cobra.Command {
	s := &shared{}
	return s.orderFlags(&cobra.Command{
		Use: use, Short: short, Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, given []string) error {
			seed, err := s.seed()
			if err != nil {
				return err
			}
			do, err := prepare()
			if err != nil {
				return err
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				to, err := m.Taker(id, orders.PublicKey(seed))
				if err != nil {
					return err
				}
				if err := do(m, to, id, seed); err != nil {
					return err
				}
				return s.done(command, done{Command: order, NodeID: to.Node, DaemonID: &id})
			})
		},
	})
}

// give gives a node an order about a daemon, signed with the key of this seed.
type give func(m *remote.Mesh, to remote.Lease, id uint64, seed *[orders.SeedSize]byte) error

// plain is an order that has these arguments, and the daemon.
func plain(order orders.Command, arguments map[string]string) (give, error) {
	return func(m *remote.Mesh, to remote.Lease, id uint64, seed *[orders.SeedSize]byte) error {
		all := map[string]string{orders.Daemon: link.Hex(id)}
		maps.Copy(all, arguments)
		return m.Order(to, order, all, seed, orderTime)
	}, nil
}

func newStop() *cobra.Command {
	grace := uint64(0)
	command := daemonOrder("stop DAEMON", "Stop a daemon", orders.Stop, func() (give, error) {
		return plain(orders.Stop, map[string]string{orders.GraceMS: strconv.FormatUint(grace, 10)})
	})
	command.Flags().Uint64Var(&grace, "grace-ms", 0, "how long it may go on with the events that wait")
	return command
}

func newRestart() *cobra.Command {
	return daemonOrder("restart DAEMON", "Have a daemon that was stopped, or is held, go on", orders.Restart,
		func() (give, error) { return plain(orders.Restart, nil) })
}

func newForget() *cobra.Command {
	return daemonOrder("forget DAEMON", "Remove everything that the mesh has of a daemon that no node runs", orders.Forget,
		func() (give, error) { return plain(orders.Forget, nil) })
}

func newLogLevel() *cobra.Command {
	command := nodeOrder("log-level NODE LEVEL", "Set the least level of a node's log", 1, orders.LogLevel,
		func(words []string) map[string]string { return map[string]string{orders.Level: words[0]} }, nil)
	count := command.Args
	command.Args = func(command *cobra.Command, given []string) error {
		if err := count(command, given); err != nil {
			return err
		}
		if _, known := logs.LevelOf(given[1]); !known {
			return misuse{fmt.Errorf("%q is not trace, debug, info, warn or error", given[1])}
		}
		return nil
	}
	return command
}

func newRestore() *cobra.Command {
	file := ""
	command := daemonOrder("restore DAEMON -i FILE", "Give a daemon a state", orders.Restore, func() (give, error) {
		if file == "" {
			return nil, misuse{errors.New("-i: the file with the state is missing")}
		}
		state, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("-i: %w", err)
		}
		return func(m *remote.Mesh, to remote.Lease, id uint64, seed *[orders.SeedSize]byte) error {
			return m.Restore(to, id, state, seed)
		}, nil
	})
	command.Flags().StringVarP(&file, "input", "i", "", "file with the state, such as meshos snapshot has made")
	return command
}
