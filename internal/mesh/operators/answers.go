//go:build mesh

package operators

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	json "github.com/goccy/go-json"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/orders"
)

func failed(err *fault.Error) []byte { return orders.Failed(string(err.Kind), err.Message) }

func malformed(what string) []byte {
	return orders.Failed(string(fault.InvalidArgument), "the question is no JSON of "+what)
}

func (s *Service) runtime(context.Context, []byte) []byte { return answer(pack(s.o.Host.RuntimeJSON())) }

// mostLines is how many lines an answer has at most.
const mostLines = 10_000

func (s *Service) logs(_ context.Context, data []byte) []byte {
	var asked LogsAsked
	if err := json.Unmarshal(data, &asked); err != nil {
		return malformed("LogsAsked")
	}
	if asked.Limit <= 0 || asked.Limit > mostLines {
		asked.Limit = mostLines
	}
	return answer(pack(s.o.Host.LogsJSON(asked.After, asked.Limit)))
}

// posting reads the events of a question.
func posting(data []byte) (id uint64, events []event.Event, ok bool) {
	var asked Posting
	if err := json.Unmarshal(data, &asked); err != nil {
		return 0, nil, false
	}
	id, ok = link.ParseHex(asked.Daemon)
	for _, e := range asked.Events {
		events = append(events, event.Event{Origin: e.Origin, Sequence: e.Sequence, Payload: e.Payload})
	}
	return id, events, ok
}

func (s *Service) post(_ context.Context, data []byte) []byte {
	id, events, ok := posting(data)
	if !ok {
		return malformed("Posting")
	}
	accepted, err := s.o.Daemons.Post(id, events, s.o.Limit)
	if err != nil {
		return failedWith(string(err.Kind), err.Message, Posted{accepted})
	}
	return answer(Posted{accepted})
}

func (s *Service) deliver(_ context.Context, data []byte) []byte {
	id, events, ok := posting(data)
	if !ok || len(events) != 1 {
		return malformed("Posting with one event")
	}
	result := Delivered{Outputs: []Event{}}
	err := s.o.Daemons.Deliver(id, events[0], func(outputs event.Batch) {
		for i := range outputs.Len() {
			e := outputs.At(i)
			// The batch is the caller's again when this returns.
			result.Outputs = append(result.Outputs, Event{e.Origin, e.Sequence, append([]byte{}, e.Payload...)})
		}
	})
	if err != nil {
		return failed(err)
	}
	return answer(result)
}

// snapshot sends the pieces one by one: each waits for the answer to the one before, so that a large state doesn't
// fill the way to a slow reader.
func (s *Service) snapshot(ctx context.Context, data []byte) []byte {
	var asked SnapshotAsked
	if err := json.Unmarshal(data, &asked); err != nil {
		return malformed("SnapshotAsked")
	}
	id, ok := link.ParseHex(asked.Daemon)
	if !ok || asked.To == "" {
		return malformed("SnapshotAsked")
	}
	state, err := s.o.Daemons.Snapshot(id)
	if err != nil {
		return failed(err)
	}
	for from := 0; from < len(state); {
		piece := orders.PieceAt(state, from)
		if _, err := s.o.Link.Request(ctx, asked.To, piece); err != nil {
			return failed(link.Fault(err, "who asked for the state doesn't take it"))
		}
		from += len(piece)
	}
	sum := sha256.Sum256(state)
	return answer(SnapshotSent{len(state), hex.EncodeToString(sum[:])})
}
