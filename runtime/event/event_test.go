package event_test

import (
	"fmt"
	"testing"

	"netmeshos/runtime/event"
)

func numbered(n int) event.Event {
	e := event.Event{Origin: uint64(n) + 1, Sequence: uint64(n) * 10}
	if n%3 != 0 {
		e.Payload = fmt.Appendf(nil, "payload %d", n)
	}
	return e
}

// holds fails the test unless the parcel has the numbered events from..to.
func holds(t *testing.T, p event.Parcel, from, to int) {
	t.Helper()
	if p.Len() != to-from {
		t.Fatalf("%d events, want %d", p.Len(), to-from)
	}
	for i := range p.Len() {
		got, want := p.At(i), numbered(from+i)
		if got.Origin != want.Origin || got.Sequence != want.Sequence || string(got.Payload) != string(want.Payload) {
			t.Errorf("event %d is %v, want %v", i, got, want)
		}
		if (got.Payload == nil) != (want.Payload == nil) {
			t.Errorf("event %d: an empty payload is nil, no other is", i)
		}
	}
}

func TestParcels(t *testing.T) {
	var events []event.Event
	for n := range 10 {
		events = append(events, numbered(n))
	}
	p := event.Pack(events)
	holds(t, p, 0, 10)
	holds(t, p.Slice(3, 7), 3, 7)
	holds(t, p.Slice(3, 7).Slice(1, 2), 4, 5)
	holds(t, p.Slice(4, 4), 4, 4)
	holds(t, event.Pack(nil), 0, 0)
}

func TestAParcelOwnsItsBytes(t *testing.T) {
	e := event.Event{Payload: []byte("abc")}
	p := event.Pack([]event.Event{e})
	p.Add(e)
	clear(e.Payload)
	for i := range p.Len() {
		if got := p.At(i).Payload; string(got) != "abc" {
			t.Errorf("payload %d became %q", i, got)
		}
	}
}

// What has been handed out of a parcel stays as it is while the parcel grows,
// and who appends to a payload writes into no other.
func TestSlicesDoNotGrow(t *testing.T) {
	var p event.Parcel
	var taken []event.Parcel
	for n := range 300 {
		p.Add(numbered(n))
		taken = append(taken, p.Slice(n/2, n+1))
	}
	for n, each := range taken {
		holds(t, each, n/2, n+1)
	}
	_ = append(p.At(1).Payload, "overwrite"...)
	grown := taken[10]
	grown.Add(numbered(99))
	holds(t, p, 0, 300)
}
