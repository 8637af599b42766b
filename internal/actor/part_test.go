package actor

import (
	"testing"

	"netmeshos/internal/event"
)

func TestASubscriptionCoversPartOfTheOutputs(t *testing.T) {
	outputs := func(first, end uint64) (b event.Batch) {
		for n := first; n < end; n++ {
			b.Add(event.Event{Origin: 1, Sequence: n, Payload: []byte{byte(n)}})
		}
		return b
	}
	for _, c := range []struct {
		rule         string
		since, until uint64
		first, end   uint64 // the outputs
		from, to     uint64 // the part; 0, 0: nothing
	}{
		{"all outputs", 0, noEnd, 5, 8, 5, 8},
		{"since the first", 5, noEnd, 5, 8, 5, 8},
		{"since one in the middle", 6, noEnd, 5, 8, 6, 8},
		{"since the last", 7, noEnd, 5, 8, 7, 8},
		{"since the one after the last", 8, noEnd, 5, 8, 0, 0},
		{"since a later one", 100, noEnd, 5, 8, 0, 0},
		{"until an earlier one", 0, 2, 5, 8, 0, 0},
		{"until the first, which is excluded", 0, 5, 5, 8, 0, 0},
		{"until the second", 0, 6, 5, 8, 5, 6},
		{"until the last", 0, 7, 5, 8, 5, 7},
		{"until the one after the last", 0, 8, 5, 8, 5, 8},
		{"until a later one", 0, 100, 5, 8, 5, 8},
		{"one in the middle", 6, 7, 5, 8, 6, 7},
		{"an empty range in the middle", 6, 6, 5, 8, 0, 0},
		{"an end before the start", 7, 6, 5, 8, 0, 0},
		{"one output", 5, noEnd, 5, 6, 5, 6},
		{"numbers from 1 on", 1, 3, 1, 5, 1, 3},
	} {
		t.Run(c.rule, func(t *testing.T) {
			part := subscription{nil, c.since, c.until}.part(outputs(c.first, c.end))
			if part.Len() != int(c.to-c.from) {
				t.Fatalf("%d outputs, want %d", part.Len(), c.to-c.from)
			}
			for i := range part.Len() {
				want := c.from + uint64(i)
				if e := part.At(i); e.Sequence != want || len(e.Payload) != 1 || e.Payload[0] != byte(want) {
					t.Errorf("output %d is %v, want %d", i, e, want)
				}
			}
		})
	}
}

// A subscription that covers none of the outputs gets no delivery.
func TestAddressed(t *testing.T) {
	var a, b Actor
	var outputs event.Batch
	all := []subscription{{&a, 0, 2}, {&b, 5, noEnd}, {&b, 2, 3}, {&a, 3, noEnd}}
	if got := addressed(all, outputs); len(got) != 0 {
		t.Errorf("%d deliveries of nothing", len(got))
	}
	for n := range uint64(4) {
		outputs.Add(event.Event{Sequence: n + 1})
	}
	got := addressed(all, outputs)
	want := []struct {
		to          *Actor
		first, last uint64
	}{{&a, 1, 1}, {&b, 2, 2}, {&a, 3, 4}}
	if len(got) != len(want) {
		t.Fatalf("%d deliveries, want %d", len(got), len(want))
	}
	for i, d := range got {
		first, last := d.rest.Metas[0].Sequence, d.rest.Metas[d.rest.Len()-1].Sequence
		if d.to != want[i].to || first != want[i].first || last != want[i].last {
			t.Errorf("delivery %d: outputs %d to %d, want %d to %d", i, first, last, want[i].first, want[i].last)
		}
	}
}
