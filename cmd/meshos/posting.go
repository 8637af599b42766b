package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/mesh/operators"
)

// postedJSON is what post --json prints, also when it fails in the middle.
type postedJSON struct {
	ID       uint64 `json:"id"`
	IDHex    string `json:"id_hex"`
	Accepted uint64 `json:"accepted"` // events, which are the first lines
}

func newPost() *cobra.Command {
	s := &shared{}
	origin, sequence := uint64(0), uint64(0)
	command := s.flags(&cobra.Command{
		Use: "post DAEMON [FILE|-]", Short: "Post the lines of a text to a daemon, each as an event", Args: arguments(cobra.RangeArgs(1, 2)),
		Long: `Post the lines of a text to a daemon, each as an event without the end of its line. The mesh stores them
before they count as accepted, whether a node runs the daemon or not. With --sequence the same text
can be posted again: the daemon processes each event once.`,
		RunE: func(command *cobra.Command, given []string) error {
			in, name := command.InOrStdin(), "-"
			if len(given) == 2 {
				name = given[1]
			}
			if name != "-" {
				file, err := os.Open(name)
				if err != nil {
					return err
				}
				defer file.Close()
				in = file
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				p, err := m.Poster(id)
				if err != nil {
					return err
				}
				err = errors.Join(postLines(p, in, origin, sequence), p.Close())
				look := postedJSON{id, hexID(id), p.Accepted()}
				if s.json {
					return errors.Join(err, printJSON(command.OutOrStdout(), look))
				}
				fmt.Fprintf(command.OutOrStdout(), "%d events accepted for %s\n", look.Accepted, look.IDHex)
				return err
			})
		},
	})
	command.Flags().Uint64Var(&origin, "origin", 0, "origin of the events")
	command.Flags().Uint64Var(&sequence, "sequence", 0, "number of the first event; the others count on (0: none has a number)")
	return command
}

func postLines(p *remote.Poster, in io.Reader, origin, sequence uint64) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		} else if n == 0 && err != nil {
			break
		}
		if posting := p.Post(origin, sequence, line); posting != nil {
			return posting
		}
		if sequence != 0 {
			sequence++
		}
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return errors.Join(err, p.Flush())
		}
	}
	return p.Flush()
}

func newDeliver() *cobra.Command {
	s := &shared{}
	origin, sequence := uint64(0), uint64(0)
	command := s.flags(&cobra.Command{
		Use: "deliver DAEMON [PAYLOAD|-]", Short: "Have a daemon process one event, and print what comes of it, a line each",
		Long: `Have a daemon process one event, and print what comes of it, a line each. Without PAYLOAD it is what
standard input has. --json prints an array of {"origin","origin_hex","sequence","payload"} with payloads in base64.`,
		Args: arguments(cobra.RangeArgs(1, 2)),
		RunE: func(command *cobra.Command, given []string) error {
			payload, err := payloadOf(command, given[1:])
			if err != nil {
				return err
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				outputs, err := m.Deliver(id, operators.Event{Origin: origin, Sequence: sequence, Payload: payload})
				if err != nil {
					return err
				}
				if s.json {
					return printJSON(command.OutOrStdout(), outputsOf(outputs))
				}
				for _, o := range outputs {
					if _, err := fmt.Fprintf(command.OutOrStdout(), "%s\n", o.Payload); err != nil {
						return err
					}
				}
				return nil
			})
		},
	})
	command.Flags().Uint64Var(&origin, "origin", 0, "origin of the event")
	command.Flags().Uint64Var(&sequence, "sequence", 0, "number of the event")
	return command
}

// outputJSON is an output in deliver --json.
type outputJSON struct {
	Origin    uint64 `json:"origin"`
	OriginHex string `json:"origin_hex"`
	Sequence  uint64 `json:"sequence"`
	Payload   []byte `json:"payload"` // base64
}

func outputsOf(events []operators.Event) []outputJSON {
	all := []outputJSON{}
	for _, e := range events {
		all = append(all, outputJSON{e.Origin, hexID(e.Origin), e.Sequence, e.Payload})
	}
	return all
}

func payloadOf(command *cobra.Command, given []string) ([]byte, error) {
	if len(given) == 0 || given[0] == "-" {
		return io.ReadAll(command.InOrStdin())
	}
	return []byte(given[0]), nil
}

func newSnapshot() *cobra.Command {
	s := &shared{}
	file := ""
	command := s.flags(&cobra.Command{
		Use: "snapshot DAEMON -o FILE", Short: "Save the state of a daemon in a file", Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, given []string) error {
			if file == "" {
				return misuse{errors.New("-o: the file for the state is missing")}
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				state, err := m.Snapshot(id)
				if err != nil {
					return err
				}
				if err := writeWhole(file, state); err != nil {
					return fmt.Errorf("-o: %w", err)
				}
				if s.json {
					return printJSON(command.OutOrStdout(), map[string]any{"id": id, "id_hex": hexID(id), "file": file, "size": len(state)})
				}
				_, err = fmt.Fprintf(command.OutOrStdout(), "%s has the state of %s, %d bytes\n", file, hexID(id), len(state))
				return err
			})
		},
	})
	command.Flags().StringVarP(&file, "output", "o", "", "file for the state")
	return command
}

// writeWhole puts a file in its place only when it is whole.
func writeWhole(name string, text []byte) error {
	if err := os.WriteFile(name+".part", text, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}
