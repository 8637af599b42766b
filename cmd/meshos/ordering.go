package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/orders"
)

// done is what an order prints.
type done struct {
	OK      bool           `json:"ok"`
	Command orders.Command `json:"command"`
	NodeID  uint64         `json:"node_id"` // that has carried it out
	Daemon  string         `json:"daemon_id_hex,omitempty"`
}

func (s *shared) done(command *cobra.Command, d done) error {
	d.OK = true
	if s.json {
		return printJSON(command.OutOrStdout(), d)
	}
	about := ""
	if d.Daemon != "" {
		about = " " + d.Daemon
	}
	_, err := fmt.Fprintf(command.OutOrStdout(), "%s%s: done by node %d\n", d.Command, about, d.NodeID)
	return err
}

// orderTime is how long a node may take to carry out an order: stopping a daemon takes as long as its callbacks do.
const orderTime = time.Minute

// nodeOrder is a command that orders something of a node.
func nodeOrder(use, short string, order orders.Command, after func(s *shared, m *remote.Mesh, l remote.Lease) error) *cobra.Command {
	s := &shared{}
	return s.orderFlags(&cobra.Command{
		Use: use + " NODE", Short: short, Args: arguments(cobra.ExactArgs(1)),
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
				if err := m.Order(to, order, nil, seed, orderTime); err != nil {
					return err
				}
				if after != nil {
					if err := after(s, m, to); err != nil {
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
	command := nodeOrder("drain", "Have a node hand its daemons over and enter maintenance", orders.Drain,
		func(_ *shared, m *remote.Mesh, l remote.Lease) error {
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
	return nodeOrder("resume", "Have a node leave maintenance", orders.Resume, nil)
}

// daemonOrder is a command that orders something of a daemon. Any node takes it, and the mesh leads it to where the daemon is.
func daemonOrder(use, short string, order orders.Command, more func(*shared, *cobra.Command) (map[string]string, error)) (*cobra.Command, *shared) {
	s := &shared{}
	return s.orderFlags(&cobra.Command{
		Use: use + " DAEMON", Short: short, Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, given []string) error {
			seed, err := s.seed()
			if err != nil {
				return err
			}
			arguments := map[string]string{}
			if more != nil {
				if arguments, err = more(s, command); err != nil {
					return err
				}
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				to, err := m.Owner(id)
				if err != nil {
					return err
				}
				arguments[orders.Daemon] = link.Hex(id)
				if err := m.Order(to, order, arguments, seed, orderTime); err != nil {
					return err
				}
				return s.done(command, done{Command: order, NodeID: to.Node, Daemon: hexID(id)})
			})
		},
	}), s
}

func newStop() *cobra.Command {
	grace := uint64(0)
	command, _ := daemonOrder("stop", "Stop a daemon", orders.Stop, func(*shared, *cobra.Command) (map[string]string, error) {
		return map[string]string{orders.GraceMS: strconv.FormatUint(grace, 10)}, nil
	})
	command.Flags().Uint64Var(&grace, "grace-ms", 0, "how long it may go on with the events that wait")
	return command
}

func newRestart() *cobra.Command {
	command, _ := daemonOrder("restart", "Have a daemon that was stopped, or is held, go on", orders.Restart, nil)
	return command
}

func newForget() *cobra.Command {
	command, _ := daemonOrder("forget", "Remove everything that the mesh has of a daemon that no node runs", orders.Forget, nil)
	return command
}

func newLogLevel() *cobra.Command {
	s := &shared{}
	return s.orderFlags(&cobra.Command{
		Use: "log-level NODE LEVEL", Short: "Set the least level of a node's log", Args: arguments(cobra.ExactArgs(2)),
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
				if err := m.Order(to, orders.LogLevel, map[string]string{orders.Level: given[1]}, seed, orderTime); err != nil {
					return err
				}
				return s.done(command, done{Command: orders.LogLevel, NodeID: to.Node})
			})
		},
	})
}

func newRestore() *cobra.Command {
	s := &shared{}
	file := ""
	command := s.orderFlags(&cobra.Command{
		Use: "restore DAEMON -i FILE", Short: "Give a daemon a state", Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, given []string) error {
			seed, err := s.seed()
			if err != nil {
				return err
			}
			if file == "" {
				return misuse{errors.New("-i: the file with the state is missing")}
			}
			state, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("-i: %w", err)
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				to, err := m.Owner(id)
				if err != nil {
					return err
				}
				if err := m.Restore(to, id, state, seed); err != nil {
					return err
				}
				return s.done(command, done{Command: orders.Restore, NodeID: to.Node, Daemon: hexID(id)})
			})
		},
	})
	command.Flags().StringVarP(&file, "input", "i", "", "file with the state, such as meshos snapshot has made")
	return command
}
