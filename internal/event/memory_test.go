package event_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"netmeshos/internal/event"
)

// Memory of many owners at once, given up in any order: each finds what it has
// put in, however often others have used the memory before.
func TestMemoryHasOneOwner(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	type owner struct {
		memory *event.Memory
		shown  event.Parcel
		events []event.Event
	}
	var owners []owner
	for i := range 3_000 {
		if len(owners) > 20 {
			at := random.IntN(len(owners))
			o := owners[at]
			for _, p := range []event.Parcel{o.shown, o.memory.Parcel()} {
				for j := range p.Len() {
					if got, want := p.At(j), o.events[j]; got.Origin != want.Origin || got.Sequence != want.Sequence || !bytes.Equal(got.Payload, want.Payload) {
						t.Fatalf("event %d is %v, want %v", j, got, want)
					}
				}
			}
			if o.memory.Parcel().Len() != len(o.events) {
				t.Fatalf("%d events, want %d", o.memory.Parcel().Len(), len(o.events))
			}
			o.memory.Free()
			owners[at] = owners[len(owners)-1]
			owners = owners[:len(owners)-1]
		}
		var events []event.Event
		for j := range random.IntN(6) {
			events = append(events, event.Event{Origin: uint64(i), Sequence: uint64(j), Payload: fmt.Appendf(nil, "%d of %d", j, i)})
		}
		o := owner{memory: event.Pack(events), events: events}
		o.shown = o.memory.Parcel()
		for j := range random.IntN(6) { // after it has been shown
			e := event.Event{Origin: uint64(i), Sequence: uint64(100 + j), Payload: bytes.Repeat([]byte{byte(i)}, random.IntN(100))}
			o.memory.Add(&e)
			o.events = append(o.events, e)
		}
		owners = append(owners, o)
	}
}
