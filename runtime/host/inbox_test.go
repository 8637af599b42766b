package host

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"netmeshos/runtime/event"
)

// Whatever is done with an inbox, it has what a list would have.
func TestInboxIsAList(t *testing.T) {
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 1))
		var q inbox
		var list []uint64
		next, taken := uint64(0), uint64(0)
		some := func(n int) []event.Event {
			events := make([]event.Event, n)
			for i := range events {
				payload := make([]byte, random.IntN(100))
				if len(payload) > 0 {
					payload[len(payload)-1] = byte(next)
				}
				events[i] = event.Event{Origin: 7, Sequence: next, Payload: payload}
				list = append(list, next)
				next++
			}
			return events
		}
		for step := range 300 {
			switch random.IntN(10) {
			case 0, 1, 2:
				q.put(some(random.IntN(4)))
			case 3:
				q.put(some(random.IntN(600)))
			case 4:
				if n := random.IntN(50); n > 0 {
					q.share(event.Pack(some(n)))
				}
			case 5:
				keep := 0
				if q.waiting > 0 {
					keep = random.IntN(q.peek(q.waiting).Len() + 1)
				}
				dropped := q.clear(keep)
				if dropped != len(list)-keep {
					t.Fatalf("seed %d step %d: dropped %d, want %d", seed, step, dropped, len(list)-keep)
				}
				taken += uint64(dropped)
				list = list[:keep]
			default:
				if q.waiting == 0 {
					continue
				}
				limit := 1 + random.IntN(q.waiting)
				p := q.peek(limit)
				if p.Len() < 1 || p.Len() > limit || p.Len() > batchEvents {
					t.Fatalf("seed %d step %d: %d events at a limit of %d", seed, step, p.Len(), limit)
				}
				for i := range p.Len() {
					e := p.At(i)
					if e.Sequence != list[i] || e.Origin != 7 || len(e.Payload) > 0 && e.Payload[len(e.Payload)-1] != byte(list[i]) {
						t.Fatalf("seed %d step %d: event %d is %d, want %d", seed, step, i, e.Sequence, list[i])
					}
				}
				n := random.IntN(p.Len() + 1)
				q.take(n)
				taken += uint64(n)
				list = list[n:]
			}
			if q.waiting != len(list) || q.taken != taken || q.end() != taken+uint64(len(list)) {
				t.Fatalf("seed %d step %d: %d wait, %d taken; want %d, %d", seed, step, q.waiting, q.taken, len(list), taken)
			}
		}
	}
}

// Events posted one by one share parcels: a parcel each would cost two
// allocations for every event.
func TestSingleEventsAreGathered(t *testing.T) {
	var q inbox
	for n := range 10_000 {
		q.put([]event.Event{{Sequence: uint64(n), Payload: []byte("1234567890")}})
	}
	if most := 10_000/coalesceEvents + 1; len(q.parcels) > most {
		t.Errorf("%d parcels for 10,000 events, want at most %d", len(q.parcels), most)
	}
}

func TestInboxKeepsNoMemoryWhenEmpty(t *testing.T) {
	for name, empty := range map[string]func(*inbox){
		"take":  func(q *inbox) { q.take(3) },
		"clear": func(q *inbox) { q.clear(0) },
	} {
		var q inbox
		q.put(make([]event.Event, 3))
		empty(&q)
		if q.parcels != nil || q.waiting != 0 || q.taken != 3 {
			t.Errorf("%s leaves %s", name, fmt.Sprintf("%+v", q))
		}
	}
}
