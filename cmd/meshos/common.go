package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/mesh/orders"
)

// Exit statuses. docs/meshos.md has them.
const (
	statusFailed      = 1
	statusMisuse      = 2
	statusUnreachable = 3 // no server, no mesh, no node that could answer
	statusNotFound    = 4 // no such node or daemon
	statusRefused     = 5 // the node takes no such order
)

// A misuse is a wrong call, as opposed to one that failed.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

func statusOf(err error) int {
	if _, wrong := errors.AsType[misuse](err); wrong {
		return statusMisuse
	}
	if failure, answered := errors.AsType[*remote.Failure](err); answered {
		return statusOfKind(failure.Kind)
	}
	switch {
	case errors.Is(err, remote.ErrMisuse):
		return statusMisuse
	case errors.Is(err, remote.ErrUnreachable):
		return statusUnreachable
	case errors.Is(err, remote.ErrNotFound):
		return statusNotFound
	}
	return statusFailed
}

func statusOfKind(kind string) int {
	switch {
	case orders.Reason(kind).Known():
		return statusRefused
	case kind == "not_found":
		return statusNotFound
	case kind == "mesh_unavailable":
		return statusUnreachable
	}
	return statusFailed
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

// shared are the options of all commands that look into a mesh.
type shared struct {
	remote.Options
	json bool
	key  string
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func (s *shared) flags(command *cobra.Command) *cobra.Command {
	f := command.Flags()
	f.StringVar(&s.Server, "server", environment("MESHOS_SERVER", "nats://127.0.0.1:4222"), "URL of a server, or several with commas between them ($MESHOS_SERVER)")
	f.StringVar(&s.Mesh, "mesh", environment("MESHOS_MESH", "meshos"), "name of the mesh ($MESHOS_MESH)")
	f.StringVar(&s.Credentials, "credentials", os.Getenv("MESHOS_CREDENTIALS"), "file with credentials for the servers ($MESHOS_CREDENTIALS)")
	f.StringVar(&s.TLSCA, "tls-ca", "", "file with certificates of who signs those of servers")
	f.StringVar(&s.TLSCert, "tls-cert", "", "file with a certificate to show to servers")
	f.StringVar(&s.TLSKey, "tls-key", "", "file with its key")
	f.DurationVar(&s.Timeout, "timeout", 5*time.Second, "how long to wait for each answer")
	f.BoolVar(&s.json, "json", false, "print JSON, one value")
	return command
}

// orderFlags are those of commands that give an order.
func (s *shared) orderFlags(command *cobra.Command) *cobra.Command {
	command.Flags().StringVar(&s.key, "key", os.Getenv("MESHOS_KEY"), "file with an operator's key, made by meshos keygen ($MESHOS_KEY)")
	return s.flags(command)
}

// in has f work on the mesh.
func (s *shared) in(f func(m *remote.Mesh) error) error {
	m, err := remote.Dial(s.Options)
	if err != nil {
		return err
	}
	defer m.Close()
	return f(m)
}

// seed reads an operator's key.
func (s *shared) seed() (*[orders.SeedSize]byte, error) {
	if s.key == "" {
		return nil, misuse{errors.New("--key: orders need an operator's key: meshos keygen makes one")}
	}
	return readSeed(s.key)
}

func readSeed(file string) (*[orders.SeedSize]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	var seed [orders.SeedSize]byte
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if n, err := hex.Decode(seed[:], []byte(line[:min(len(line), 2*len(seed))])); err == nil && n == len(seed) && len(line) == 2*len(seed) {
			return &seed, nil
		}
		break
	}
	return nil, fmt.Errorf("--key: %s is no key of meshos keygen", file)
}

// printJSON prints one value, on one line.
func printJSON(out io.Writer, value any) error {
	text, err := json.MarshalWithOption(value, json.DisableHTMLEscape())
	if err == nil {
		_, err = fmt.Fprintf(out, "%s\n", text)
	}
	return err
}

// printTable prints rows below a head, in columns.
func printTable(out io.Writer, head string, rows func(row func(cells ...any))) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.ReplaceAll(head, " ", "\t"))
	rows(func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(table, "\t")
			}
			fmt.Fprint(table, cell)
		}
		fmt.Fprintln(table)
	})
	return table.Flush()
}

// hexID is an id as runtime_json shows it.
func hexID(id uint64) string { return fmt.Sprintf("0x%016x", id) }
