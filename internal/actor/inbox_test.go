package actor

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"netmeshos/internal/event"
	"netmeshos/internal/testrand"
)

// inboxModel is the simplest possible inbox: one list.
type inboxModel struct {
	events []event.Event
	taken  uint64
}

func (m *inboxModel) add(events []event.Event) {
	for _, e := range events {
		m.events = append(m.events, event.Event{Origin: e.Origin, Sequence: e.Sequence, Payload: bytes.Clone(e.Payload)})
	}
}

func (m *inboxModel) take(n int) {
	m.events = m.events[n:]
	m.taken += uint64(n)
}

func (m *inboxModel) clear(keep int) int {
	dropped := len(m.events) - keep
	m.taken += uint64(dropped)
	m.events = m.events[:keep]
	return dropped
}

// maker makes events that all differ; some have no payload.
type maker struct {
	random   *rand.Rand
	sequence uint64
}

func (m *maker) events(n int) []event.Event {
	events := make([]event.Event, n)
	for i := range events {
		m.sequence++
		events[i] = event.Event{Origin: m.random.Uint64(), Sequence: m.sequence}
		switch m.random.IntN(300) {
		case 0, 1, 2, 3, 4, 5:
		case 6:
			events[i].Payload = bytes.Repeat([]byte{byte(m.sequence)}, coalesceBytes/2)
		default:
			events[i].Payload = fmt.Appendf(nil, "payload %d", m.sequence)
		}
	}
	return events
}

func same(a, b event.Event) bool {
	return a.Origin == b.Origin && a.Sequence == b.Sequence && bytes.Equal(a.Payload, b.Payload) &&
		(b.Payload == nil) == (len(b.Payload) == 0)
}

// seen is a batch together with the events that it must keep showing.
type seen struct {
	batch event.Batch
	want  []event.Event
}

func (s seen) check(t *testing.T) {
	t.Helper()
	for i, want := range s.want {
		if got := s.batch.At(i); !same(want, got) {
			t.Fatalf("event %d of a batch changed to %v, want %v", i, got, want)
		}
	}
}

// Random operations on an inbox are compared with the same operations on a list.
func TestInboxIsAList(t *testing.T) {
	random := testrand.New(t)
	for range 20 {
		make := &maker{random: random}
		var q inbox
		var model inboxModel
		var batch seen    // in use until its events are removed
		var shared []seen // batches that must never change
		inflight := 0
		for range 400 {
			switch n := random.IntN(12); n {
			case 0, 1, 2:
				one := make.events(1)
				q.enqueue(one)
				model.add(one)
			case 3:
				many := make.events(random.IntN(2 * coalesceEvents))
				q.enqueue(many)
				model.add(many)
				for i := range many { // the caller may change its own memory
					clear(many[i].Payload)
				}
			case 4:
				some := make.events(1 + random.IntN(20))
				whole := event.Pack(some).Batch()
				q.enqueueShared(whole)
				model.add(some)
				shared = append(shared, seen{whole, some})
			case 5:
				some := make.events(5)
				part := event.Pack(some).Batch().Slice(1, 4)
				q.enqueueShared(part)
				model.add(some[1:4])
				shared = append(shared, seen{part, some[1:4]})
			case 6:
				if inflight == 0 && len(model.events) > 0 {
					limit := 1 + random.IntN(2*BatchEvents)
					p := q.peek(limit)
					if p.Len() == 0 || p.Len() > limit || p.Len() > BatchEvents {
						t.Fatalf("peek(%d) gives %d events of %d", limit, p.Len(), len(model.events))
					}
					inflight = p.Len()
					batch = seen{p, slices.Clone(model.events[:inflight])}
				}
			case 7, 8:
				if inflight > 0 {
					handled := 1 + random.IntN(inflight)
					q.remove(handled)
					model.take(handled)
					inflight = 0
				}
			case 9:
				if random.IntN(8) == 0 {
					if got, want := q.discard(inflight), model.clear(inflight); got != want {
						t.Fatalf("clear(%d) says %d, want %d", inflight, got, want)
					}
				}
			}
			if q.waiting != len(model.events) || q.removed != model.taken || q.end() != model.taken+uint64(len(model.events)) {
				t.Fatalf("%d waiting, %d taken, the end %d; want %d and %d", q.waiting, q.removed, q.end(), len(model.events), model.taken)
			}
			if inflight > 0 {
				batch.check(t)
			}
		}
		for len(model.events) > 0 {
			p := q.peek(random.IntN(len(model.events)) + 1)
			seen{p, model.events[:p.Len()]}.check(t)
			q.remove(p.Len())
			model.take(p.Len())
		}
		for _, b := range shared {
			b.check(t)
		}
		if q.segments != nil || q.waiting != 0 || q.first != 0 {
			t.Fatalf("an empty inbox keeps %d batchs", len(q.segments))
		}
	}
}

func TestEventsPostedOneByOneShareABatch(t *testing.T) {
	var q inbox
	make := &maker{random: rand.New(rand.NewPCG(1, 1))}
	small := func() []event.Event {
		e := make.events(1)
		e[0].Payload = []byte("x")
		return e
	}
	for range coalesceEvents {
		q.enqueue(small())
	}
	if len(q.segments) != 1 {
		t.Errorf("%d events stand in %d batchs", coalesceEvents, len(q.segments))
	}
	q.enqueue(small())
	if len(q.segments) != 2 {
		t.Errorf("%d events stand in %d batchs", coalesceEvents+1, len(q.segments))
	}
	large := small()
	large[0].Payload = bytes.Repeat([]byte("x"), coalesceBytes)
	q.enqueue(large)
	q.enqueue(small())
	if len(q.segments) != 3 {
		t.Errorf("%d batchs: a giant is not followed by others in its batch", len(q.segments))
	}
}

// A shared batch is read by others, so nothing may be appended to its memory.
func TestASharedBatchDoesNotGrow(t *testing.T) {
	make := &maker{random: rand.New(rand.NewPCG(2, 2))}
	shared := event.Pack(make.events(3)).Batch()
	room := event.Batch{Metas: append([]event.Meta{}, shared.Metas...), Bytes: append([]byte{}, shared.Bytes...)}
	room.Metas, room.Bytes = slices.Grow(room.Metas, 100), slices.Grow(room.Bytes, 1000) // where others could write
	var a, b inbox
	for _, q := range []*inbox{&a, &b} {
		q.enqueue(make.events(1)) // a batch of its own, which is not the last
		q.enqueueShared(room)
		q.enqueue(make.events(1))
		if len(q.segments) != 3 || q.segments[1].Len() != 3 {
			t.Errorf("%d batchs, the shared one of %d events", len(q.segments), q.segments[1].Len())
		}
	}
	if behind := room.Metas[:4][3]; behind != (event.Meta{}) {
		t.Errorf("%v written behind a shared batch", behind)
	}
}

func TestEnqueueOfNoEvents(t *testing.T) {
	var q inbox
	q.enqueue(nil)
	if q.segments != nil || q.waiting != 0 || q.discard(0) != 0 {
		t.Error("nothing is something")
	}
}
