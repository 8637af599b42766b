package event_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"netmeshos/internal/event"
)

// Many owners hold arenas at once and free them in any order. Each must find what it has
// put in, however often the memory was used before.
func TestAnArenaHasOneOwner(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	type owner struct {
		arena  *event.Arena
		shown  event.Batch
		events []event.Event
	}
	var owners []owner
	for i := range 3_000 {
		if len(owners) > 20 {
			at := random.IntN(len(owners))
			o := owners[at]
			for _, p := range []event.Batch{o.shown, o.arena.Batch()} {
				for j := range p.Len() {
					if got, want := p.At(j), o.events[j]; got.Origin != want.Origin || got.Sequence != want.Sequence || !bytes.Equal(got.Payload, want.Payload) {
						t.Fatalf("event %d is %v, want %v", j, got, want)
					}
				}
			}
			if o.arena.Batch().Len() != len(o.events) {
				t.Fatalf("%d events, want %d", o.arena.Batch().Len(), len(o.events))
			}
			o.arena.Free()
			owners[at] = owners[len(owners)-1]
			owners = owners[:len(owners)-1]
		}
		var events []event.Event
		for j := range random.IntN(6) {
			events = append(events, event.Event{Origin: uint64(i), Sequence: uint64(j), Payload: fmt.Appendf(nil, "%d of %d", j, i)})
		}
		if random.IntN(100) == 0 {
			large := bytes.Repeat([]byte{byte(i)}, 1<<18+random.IntN(1<<20))
			events = append(events, event.Event{Origin: uint64(i), Sequence: 1_000, Payload: large})
		}
		o := owner{arena: event.Pack(events), events: events}
		o.shown = o.arena.Batch()
		for j := range random.IntN(6) { // after the batch has been returned
			e := event.Event{Origin: uint64(i), Sequence: uint64(100 + j), Payload: bytes.Repeat([]byte{byte(i)}, random.IntN(100))}
			o.arena.Add(&e)
			o.events = append(o.events, e)
		}
		owners = append(owners, o)
	}
}

// New memory for a large event costs several times what the copy does.
func TestTheMemoryOfLargeEventsIsUsedAgain(t *testing.T) {
	const rounds, size = 64, 1 << 20
	one := []event.Event{{Payload: make([]byte, size)}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		event.Pack(one).Free()
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > rounds*size/2 { // the race detector drops some on purpose
		t.Fatalf("%d events of %d bytes took %d bytes of new memory", rounds, size, got)
	}
}
