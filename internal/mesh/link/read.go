//go:build mesh

package link

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-json"
	"github.com/nats-io/nats.go"
)

// Last reads the last message of a stored subject from the stream's leader, so that it is never an old one.
// Errors: ErrNone, ErrDown, ErrDoubt.
func (l *Link) Last(ctx context.Context, subject string) (Message, error) {
	var answer struct {
		Message struct {
			Subject  string    `json:"subject"`
			Sequence uint64    `json:"seq"`
			Header   []byte    `json:"hdrs"`
			Data     []byte    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
	}
	stream := l.options.Names.StreamFor(subject)
	err := l.api(ctx, "STREAM.MSG.GET."+stream, map[string]string{"last_by_subj": subject}, &answer)
	if err != nil {
		return Message{}, l.gone(ctx, stream, err)
	}
	m := answer.Message
	message := Message{Subject: m.Subject, Sequence: m.Sequence, Time: m.Time, Data: m.Data}
	if len(m.Header) > 0 {
		if header, err := nats.DecodeHeadersMsg(m.Header); err == nil {
			message.Header = header
			message.Marker = header.Get(markerHeader)
		}
	}
	return message, nil
}

// gone is in doubt where JetStream was there when the link was opened: its servers come back. A stream that was deleted
// doesn't.
func (l *Link) gone(ctx context.Context, stream string, err error) error {
	switch {
	case codeOf(err) == codeNoStream:
		return l.lacking(ctx, stream, err)
	case errors.Is(err, ErrNobody):
		return errNobodyAnswers
	}
	return err
}

var errNobodyAnswers = &Error{Class: ErrDoubt, Detail: "no server answers for the stream now"}

const (
	markerHeader   = "Nats-Marker-Reason"
	subjectHeader  = "Nats-Subject"
	sequenceHeader = "Nats-Sequence"
	lastHeader     = "Nats-Last-Sequence"
	timeHeader     = "Nats-Time-Stamp"
	pendingHeader  = "Nats-Num-Pending"
)

// get is a request for messages: the fields of $JS.API.DIRECT.GET.
type get struct {
	Sequence uint64   `json:"seq,omitempty"`
	Next     string   `json:"next_by_subj,omitempty"`
	Multi    []string `json:"multi_last,omitempty"`
	Batch    int      `json:"batch,omitempty"`
	MaxBytes int      `json:"max_bytes,omitempty"`
}

// readBytes bounds one answer. The server's own bound is what a client may be behind (64 MB), after which it
// would be cut off.
const readBytes = 8 << 20

// Read reads up to limit messages of a stream that match one of the filters, from a sequence on, in order. Fewer
// than limit: those that are left would be too long for one answer, or there are no more now; none: there are no
// more. With several replicas it may be a moment behind what Store and Follow have told: ask again. Filters must
// not overlap. Errors: ErrDown, ErrDoubt.
func (l *Link) Read(ctx context.Context, stream string, filters []string, from uint64, limit int) ([]Message, error) {
	lists := make([][]Message, len(filters))
	// Up to horizon every list is known to be complete.
	horizon := uint64(0)
	partial := ^uint64(0)
	for i, filter := range filters {
		list, more, err := l.next(ctx, stream, filter, from, limit)
		if err != nil {
			return nil, err
		}
		lists[i] = list
		if len(list) > 0 {
			end := list[len(list)-1].Sequence
			horizon = max(horizon, end)
			if more {
				partial = min(partial, end)
			}
		}
	}
	if len(filters) == 1 {
		return lists[0], nil
	}
	horizon = min(horizon, partial)
	// While a later filter was asked, an earlier one may have got messages before what was found.
	for i, filter := range filters[:len(filters)-1] {
		after := from
		if n := len(lists[i]); n > 0 {
			after = lists[i][n-1].Sequence + 1
		}
		if after > horizon {
			continue
		}
		list, more, err := l.next(ctx, stream, filter, after, limit)
		if err != nil {
			return nil, err
		}
		lists[i] = append(lists[i], list...)
		if more && len(list) > 0 {
			horizon = min(horizon, list[len(list)-1].Sequence)
		}
	}
	all := slices.Concat(lists...)
	all = slices.DeleteFunc(all, func(m Message) bool { return m.Sequence > horizon })
	slices.SortFunc(all, func(a, b Message) int {
		if a.Sequence < b.Sequence {
			return -1
		}
		return 1
	})
	return all[:min(len(all), limit)], nil
}

// next reads the next messages of one filter, and whether there are more.
func (l *Link) next(ctx context.Context, stream, filter string, from uint64, limit int) (list []Message, more bool, err error) {
	list, pending, _, err := l.get(ctx, stream, get{Sequence: max(from, 1), Next: filter, Batch: min(limit, 1000), MaxBytes: readBytes})
	return list, pending > 0, err
}

// LastOf reads the last message of every subject that matches filter. With several replicas it may be a moment
// behind. Subjects that only have a marker are left out.
func (l *Link) LastOf(ctx context.Context, stream, filter string) ([]Message, error) {
	list, whole, err := l.lastOf(ctx, stream, []string{filter})
	if whole || err != nil {
		return unmarked(list), err
	}
	// Over 1,024 subjects are too many for one answer.
	subjects, err := l.subjects(ctx, stream, filter)
	if err != nil {
		return nil, err
	}
	list = list[:0]
	for some := range slices.Chunk(subjects, 500) {
		part, _, err := l.lastOf(ctx, stream, some)
		if err != nil {
			return nil, err
		}
		list = append(list, part...)
	}
	return unmarked(list), nil
}

func unmarked(list []Message) []Message {
	return slices.DeleteFunc(list, func(m Message) bool { return m.Marker != "" })
}

func (l *Link) lastOf(ctx context.Context, stream string, filters []string) (list []Message, whole bool, err error) {
	ask := get{Multi: filters, MaxBytes: readBytes}
	for {
		part, pending, status, err := l.get(ctx, stream, ask)
		if status == "413" {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		list = append(list, part...)
		if pending == 0 || len(part) == 0 {
			return list, true, nil
		}
		ask.Sequence = part[len(part)-1].Sequence + 1
	}
}

// subjects lists the subjects of a stream that match filter.
func (l *Link) subjects(ctx context.Context, stream, filter string) ([]string, error) {
	var all []string
	for {
		var info struct {
			State struct {
				Subjects map[string]uint64 `json:"subjects"`
			} `json:"state"`
		}
		err := l.api(ctx, "STREAM.INFO."+stream, map[string]any{"subjects_filter": filter, "offset": len(all)}, &info)
		if err != nil {
			return nil, l.gone(ctx, stream, err)
		}
		for subject := range info.State.Subjects {
			all = append(all, subject)
		}
		if len(info.State.Subjects) < 100_000 { // the server's page
			return all, nil
		}
	}
}

// get asks for messages. pending is how many more there are; status is that of the answer without messages.
func (l *Link) get(ctx context.Context, stream string, ask get) (list []Message, pending int, status string, err error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, 0, "", &Error{Class: ErrRefused, Detail: err.Error()}
	}
	err = l.repeat(ctx, func(ctx context.Context) error {
		list, pending, status, err = l.getOnce(ctx, "$JS.API.DIRECT.GET."+stream, body)
		if errors.Is(err, errNobodyAnswers) {
			err = l.lacking(ctx, stream, err)
		}
		return err
	})
	return list, pending, status, err
}

func (l *Link) getOnce(ctx context.Context, subject string, body []byte) (list []Message, pending int, status string, err error) {
	var got struct { // not the results: an answer may come as this returns an error
		list    []Message
		pending int
		status  string
	}
	err = l.calls.ask(ctx, &nats.Msg{Subject: subject, Data: body}, func(m *nats.Msg) bool {
		if first(m.Header, sequenceHeader) != "" {
			got.list = append(got.list, message(m))
			return false
		}
		got.status = first(m.Header, "Status")
		got.pending, _ = strconv.Atoi(first(m.Header, pendingHeader)) // 0: there are no more
		return true
	})
	if err != nil {
		return nil, 0, "", err
	}
	switch got.status {
	case "204", "404":
		return got.list, got.pending, got.status, nil
	case "503":
		return nil, 0, got.status, errNobodyAnswers
	}
	return nil, 0, got.status, &Error{Class: ErrRefused, Detail: "the stream can't be read: status " + got.status}
}

// message reads what a Direct Get or republishing has sent.
func message(m *nats.Msg) Message {
	h := m.Header
	r := Message{Subject: m.Subject, Header: h, Data: m.Data}
	if h == nil {
		return r
	}
	if subject := first(h, subjectHeader); subject != "" {
		r.Subject = subject
	}
	r.Sequence, _ = strconv.ParseUint(first(h, sequenceHeader), 10, 64)
	r.Last, _ = strconv.ParseUint(first(h, lastHeader), 10, 64)
	r.Time, _ = time.Parse(time.RFC3339Nano, first(h, timeHeader))
	r.Marker = first(h, markerHeader)
	return r
}

// first is Header.Get without its search for other spellings.
func first(h nats.Header, key string) string {
	if v := h[key]; len(v) > 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}

// Purge removes the messages of a subject or pattern whose sequence is below; 0: all. Nobody who follows them sees
// it: see Remove.
func (l *Link) Purge(ctx context.Context, stream, subject string, below uint64) error {
	request := map[string]any{"filter": subject}
	if below > 0 {
		request["seq"] = below
	}
	return l.gone(ctx, stream, l.api(ctx, "STREAM.PURGE."+stream, request, nil))
}
