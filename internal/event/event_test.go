package event_test

import (
	"bytes"
	"testing"

	"netmeshos/internal/event"
)

func TestABatchReturnsWhatWasAdded(t *testing.T) {
	events := []event.Event{
		{Origin: 1, Sequence: 1<<64 - 1, Payload: []byte("first")},
		{Origin: 2, Sequence: 0},
		{Origin: 1<<64 - 1, Sequence: 3, Payload: []byte{}},
		{Origin: 4, Sequence: 4, Payload: []byte{0, 255}},
	}
	var grown event.Batch
	for _, e := range events {
		grown.Add(e)
	}
	for name, p := range map[string]event.Batch{"packed": event.Pack(events).Batch(), "grown": grown, "sliced": grown.Slice(0, 4)} {
		if p.Len() != len(events) {
			t.Fatalf("%s: %d events", name, p.Len())
		}
		for i, want := range events {
			got := p.At(i)
			if got.Origin != want.Origin || got.Sequence != want.Sequence || !bytes.Equal(got.Payload, want.Payload) {
				t.Errorf("%s: event %d is %v, want %v", name, i, got, want)
			}
			if len(want.Payload) == 0 && got.Payload != nil {
				t.Errorf("%s: event %d has an empty payload that is not nil", name, i)
			}
		}
	}
	if p := event.Pack(nil).Batch(); p.Len() != 0 {
		t.Errorf("nothing packed is %d events", p.Len())
	}
}

func TestABatchCopiesPayloads(t *testing.T) {
	payload := []byte("mine")
	p := event.Pack([]event.Event{{Payload: payload}}).Batch()
	p.Add(event.Event{Payload: payload})
	clear(payload)
	for i := range p.Len() {
		if got := string(p.At(i).Payload); got != "mine" {
			t.Errorf("event %d changed to %q", i, got)
		}
	}
}

// Appending to a slice or a payload must not overwrite what lies behind it.
func TestSlicesHaveNoSpareCapacity(t *testing.T) {
	whole := event.Pack([]event.Event{{Sequence: 1, Payload: []byte("one")}, {Sequence: 2, Payload: []byte("two")}, {Sequence: 3, Payload: []byte("three")}}).Batch()
	part := whole.Slice(1, 2)
	part.Add(event.Event{Sequence: 9, Payload: []byte("nine")})
	_ = append(whole.At(0).Payload, "xxx"...)
	for i, want := range []string{"one", "two", "three"} {
		if got := whole.At(i); string(got.Payload) != want || got.Sequence != uint64(i+1) {
			t.Errorf("event %d changed to %d %q", i, got.Sequence, got.Payload)
		}
	}
	if part.Len() != 2 || string(part.At(0).Payload) != "two" || string(part.At(1).Payload) != "nine" {
		t.Errorf("the slice is %v", part)
	}
	if empty := whole.Slice(3, 3); empty.Len() != 0 {
		t.Errorf("an empty slice has %d events", empty.Len())
	}
}
