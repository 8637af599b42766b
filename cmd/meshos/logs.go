package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"syscall"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
)

// line is a line of a node's log as logs_json has it.
type line struct {
	Seq         uint64 `json:"seq"`
	UnixMS      int64  `json:"unix_ms"`
	Level       string `json:"level"`
	DaemonID    uint64 `json:"daemon_id"`
	DaemonIDHex string `json:"daemon_id_hex"`
	NodeID      uint64 `json:"node_id"`
	NodeIDHex   string `json:"node_id_hex"`
	Message     string `json:"message"`
}

var levels = []string{"trace", "debug", "info", "warn", "error"}

// followEvery is how often nodes are asked for new lines.
const followEvery = 500 * time.Millisecond

// A reader reads the logs of all nodes.
type logReader struct {
	shared
	follow bool
	level  string
	daemon string

	least int
	id    uint64
	only  bool
	read  map[uint64]uint64 // of each node's run, the last line
}

func newLogs() *cobra.Command {
	r := &logReader{read: map[uint64]uint64{}}
	command := r.flags(&cobra.Command{
		Use: "logs", Short: "Show the log lines that the nodes keep", Args: arguments(cobra.NoArgs),
		Long: `Show the log lines that the nodes keep, by their time. --json prints a line of JSON for each.`,
		RunE: func(command *cobra.Command, _ []string) error {
			if r.least = slices.Index(levels, r.level); r.least < 0 {
				return misuse{fmt.Errorf("--level: %q is not trace, debug, info, warn or error", r.level)}
			}
			ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return r.in(func(m *remote.Mesh) error { return r.run(ended, m, command.OutOrStdout()) })
		},
	})
	f := command.Flags()
	f.BoolVarP(&r.follow, "follow", "f", false, "go on with new lines until SIGINT")
	f.StringVar(&r.level, "level", "trace", "the least level: trace, debug, info, warn, error")
	f.StringVar(&r.daemon, "daemon", "", "only lines of, or about, this daemon")
	return command
}

func (r *logReader) run(ctx context.Context, m *remote.Mesh, out io.Writer) error {
	if r.daemon != "" {
		id, err := m.Daemon(r.daemon)
		if err != nil {
			return err
		}
		r.id, r.only = id, true
	}
	for {
		lines, err := r.next(m)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := r.print(out, l); err != nil {
				return err
			}
		}
		if !r.follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
	}
}

// next returns the lines that are new, of all nodes that answer.
func (r *logReader) next(m *remote.Mesh) (all []line, err error) {
	leases, err := m.Leases()
	if err != nil {
		return nil, err
	}
	answered := 0
	for _, l := range leases {
		text, asking := m.Logs(l.Node, r.read[l.Instance], 0)
		if asking != nil {
			err = asking
			continue
		}
		answered++
		var lines []line
		if err := json.Unmarshal(text, &lines); err != nil {
			return nil, fmt.Errorf("the log of node %016x: %w", l.Node, err)
		}
		for _, line := range lines {
			r.read[l.Instance] = line.Seq
			line.NodeID, line.NodeIDHex, line.DaemonIDHex = l.Node, hexID(l.Node), hexID(line.DaemonID)
			if slices.Index(levels, line.Level) >= r.least && (!r.only || line.DaemonID == r.id) {
				all = append(all, line)
			}
		}
	}
	if answered == 0 && err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b line) int { return cmp.Compare(a.UnixMS, b.UnixMS) })
	return all, nil
}

func (r *logReader) print(out io.Writer, l line) error {
	if r.json {
		return printJSON(out, l)
	}
	about := "-"
	if l.DaemonID != 0 {
		about = l.DaemonIDHex
	}
	_, err := fmt.Fprintf(out, "%s %-5s node %s daemon %s: %s\n", time.UnixMilli(l.UnixMS).UTC().Format("2006-01-02T15:04:05.000Z"),
		l.Level, l.NodeIDHex, about, l.Message)
	return err
}
