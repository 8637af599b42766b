package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"netmeshos/cmd/meshos/remote"
	"netmeshos/internal/event"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// storedJSON is a message of a daemon in events --json. What a part doesn't have is left out.
type storedJSON struct {
	Sequence uint64 `json:"sequence"` // in the stream
	Time     string `json:"time"`
	Part     string `json:"part"` // in, log, part, state, dead
	Size     int    `json:"size"` // bytes
	ID       string `json:"id,omitempty"`
	Error    string `json:"error,omitempty"` // why it can't be read

	Events []eventJSON `json:"events,omitempty"` // in, dead
	Record *recordJSON `json:"record,omitempty"` // log
	Piece  *int        `json:"piece,omitempty"`  // part, state: its number
}

type eventJSON struct {
	Origin   string `json:"origin"` // hex
	Sequence uint64 `json:"sequence"`
	Payload  []byte `json:"payload"` // base64
}

type recordJSON struct {
	Kind      string      `json:"kind"` // claim, commit, restore, release
	Out       uint64      `json:"out"`  // number of the last output
	Seen      uint64      `json:"seen"` // of the last output that an output function has seen
	Inbox     uint64      `json:"inbox"`
	Index     *uint32     `json:"index,omitempty"` // events of that envelope that have been processed, unless all
	Producers []string    `json:"producers,omitempty"`
	State     string      `json:"state"`
	Outputs   []eventJSON `json:"outputs,omitempty"` // those that the record has itself
}

func newEvents() *cobra.Command {
	s := &shared{}
	part, from, payloads := "", uint64(0), 80
	command := s.flags(&cobra.Command{
		Use: "events DAEMON", Short: "Show what is stored for a daemon: envelopes, commits, pieces, dead letters", Args: arguments(cobra.ExactArgs(1)),
		Long: `Show what is stored for a daemon, in the order of the stream: "in" are envelopes of events that were posted, "log"
are commits, with the outputs, "part" and "state" are pieces of what is longer than a message, "dead" are events
that could not be processed. --json prints a line of JSON for each.`,
		RunE: func(command *cobra.Command, given []string) error {
			switch link.Part(part) {
			case "", link.PartIn, link.PartLog, link.PartPiece, link.PartState, link.PartDead:
			default:
				return misuse{fmt.Errorf("--part: %q is not in, log, part, state or dead", part)}
			}
			return s.in(func(m *remote.Mesh) error {
				id, err := m.Daemon(given[0])
				if err != nil {
					return err
				}
				return m.Events(id, link.Part(part), from, func(stored remote.Stored) error {
					look := storedOf(m.Names, id, stored)
					if s.json {
						return printJSON(command.OutOrStdout(), look)
					}
					return look.print(command.OutOrStdout(), payloads)
				})
			})
		},
	})
	f := command.Flags()
	f.StringVar(&part, "part", "", "only this one")
	f.Uint64Var(&from, "from", 0, "only from this sequence of the stream on")
	f.IntVar(&payloads, "payloads", payloads, "how many bytes of each payload are shown")
	return command
}

func storedOf(names link.Names, daemon uint64, s remote.Stored) storedJSON {
	_, part, _ := names.ParseEvent(s.Subject)
	look := storedJSON{Sequence: s.Sequence, Time: s.Time.UTC().Format(time.RFC3339Nano), Part: string(part), Size: len(s.Data)}
	if len(s.Data) == 0 {
		return look
	}
	var err error
	switch s.Data[0] {
	case wire.KindEnvelope:
		var e wire.Envelope
		if e, err = wire.ReadEnvelope(s.Data, nil); err == nil {
			look.ID, look.Events = e.ID.String(), eventsOf(e.Events)
		}
	case wire.KindRecord:
		var r wire.Record
		if r, err = wire.ReadRecord(s.Data); err == nil {
			look.ID, look.Record = r.ID.String(), recordOf(daemon, &r)
		}
	case wire.KindPiece:
		var p wire.Piece
		if p, err = wire.ReadPiece(s.Data); err == nil {
			look.ID, look.Piece = p.ID.String(), &p.Index
		}
	default:
		err = fmt.Errorf("it begins with the byte %#02x, which no format of this program does", s.Data[0])
	}
	if err != nil {
		look.Error = err.Error()
	}
	return look
}

func eventsOf(b event.Batch) (all []eventJSON) {
	for i := range b.Len() {
		e := b.At(i)
		all = append(all, eventJSON{link.Hex(e.Origin), e.Sequence, e.Payload})
	}
	return all
}

func recordOf(daemon uint64, r *wire.Record) *recordJSON {
	look := &recordJSON{Kind: r.Kind.String(), Out: r.Out, Seen: r.Seen, Inbox: r.Inbox.Sequence, State: placeOf(r.State)}
	if r.Inbox.Index != wire.Whole {
		look.Index = &r.Inbox.Index
	}
	for _, p := range r.Producers {
		look.Producers = append(look.Producers, fmt.Sprintf("%s at %d", link.Hex(p.Producer), p.Sequence))
	}
	if r.Outputs.Form == wire.Inline {
		if outputs, err := wire.ReadOutputs(r.Outputs.Inline, daemon, r.First); err == nil {
			look.Outputs = eventsOf(outputs.Events)
		}
	}
	return look
}

func placeOf(p wire.Place) string {
	switch p.Form {
	case wire.Inline:
		return fmt.Sprintf("%d bytes", len(p.Inline))
	case wire.Pieces:
		return fmt.Sprintf("%d bytes in %d pieces", p.Size, p.Count)
	case wire.At:
		return fmt.Sprintf("as in %d", p.First)
	case wire.None:
	}
	return "none"
}

func (s *storedJSON) print(out io.Writer, payloads int) error {
	text := fmt.Sprintf("%d %s %s, %d bytes", s.Sequence, s.Time, s.Part, s.Size)
	if s.ID != "" {
		text += ", by " + s.ID
	}
	events := s.Events
	switch {
	case s.Error != "":
		text += ": " + s.Error
	case s.Record != nil:
		r := s.Record
		text += fmt.Sprintf(": %s, inbox up to %d, outputs up to %d, seen up to %d, state %s", r.Kind, r.Inbox, r.Out, r.Seen, r.State)
		for _, p := range r.Producers {
			text += ", outputs of " + p
		}
		events = r.Outputs
	case s.Piece != nil:
		text += fmt.Sprintf(": piece %d", *s.Piece)
	default:
		text += fmt.Sprintf(": %d events", len(s.Events))
	}
	var b strings.Builder
	fmt.Fprintln(&b, text)
	for _, e := range events {
		fmt.Fprintf(&b, "    %s/%d %s\n", e.Origin, e.Sequence, shown(e.Payload, payloads))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// shown is a payload on a line: text in quotes, or hex.
func shown(payload []byte, most int) string {
	cut := payload[:min(len(payload), max(most, 0))]
	rest := ""
	if len(cut) < len(payload) {
		rest = fmt.Sprintf(" and %d bytes", len(payload)-len(cut))
	}
	if utf8.Valid(payload) {
		return fmt.Sprintf("%q%s", cut, rest)
	}
	return fmt.Sprintf("%x%s", cut, rest)
}
