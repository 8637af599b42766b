package meshos_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	meshos "netmeshos/runtime"
)

// The outputs of many producers reach one subscriber, each producer's in order.
func TestManyProducersOfOneSubscriber(t *testing.T) {
	const producers, events = 12, 60
	for _, capacity := range []uint64{1, 2, 3, 8} {
		config := quiet
		config.InboxCapacity = capacity
		sdk := start(t, config)
		last := map[uint64]uint64{}
		total := 0
		subscriber := register(t, sdk, 0, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
			if e.Sequence != last[e.Origin]+1 {
				t.Errorf("%#x: output %d after %d", e.Origin, e.Sequence, last[e.Origin])
			}
			last[e.Origin] = e.Sequence
			total++
			return nil
		}))
		var posting sync.WaitGroup
		for i := range byte(producers) {
			h := register(t, sdk, i+1, processFunc(func(_ meshos.InboundEvent, emit func([]byte)) error {
				emit(nil)
				emit([]byte("x"))
				return nil
			}))
			wantKind(t, "Subscribe", sdk.Subscribe(h.ID(), subscriber.ID()), "")
			posting.Go(func() {
				for range events {
					deliver(t, sdk, h, word(1, "x"))
				}
			})
		}
		posting.Wait()
		flush(t, sdk, nil)
		if total != 2*producers*events {
			t.Errorf("capacity %d: %d of %d outputs", capacity, total, 2*producers*events)
		}
	}
}

// Daemons that subscribe to each other in a cycle pass events on until the payloads are
// used up, whatever the capacity, and lose none.
func TestCyclesOfSubscriptionsNeverDeadlock(t *testing.T) {
	for _, c := range []struct {
		name  string
		links [][2]byte
		n     byte
		fan   int // outputs for each event
	}{
		{"to itself", [][2]byte{{0, 0}}, 1, 2},
		{"there and back", [][2]byte{{0, 1}, {1, 0}}, 2, 2},
		{"a ring of four", [][2]byte{{0, 1}, {1, 2}, {2, 3}, {3, 0}}, 4, 2},
		{"an eight", [][2]byte{{0, 1}, {1, 0}, {0, 2}, {2, 0}}, 3, 1},
		{"all with all", [][2]byte{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {2, 0}, {2, 1}, {2, 2}}, 3, 1},
		{"a ring with a tail", [][2]byte{{0, 1}, {1, 0}, {1, 2}, {2, 3}}, 4, 2},
	} {
		for _, capacity := range []uint64{1, 2, 7} {
			t.Run(fmt.Sprint(c.name, ", capacity ", capacity), func(t *testing.T) {
				config := quiet
				config.InboxCapacity = capacity
				sdk := start(t, config)
				const depth, senders, each = 6, 3, 4
				subscribers := make([]int, c.n)
				for _, l := range c.links {
					subscribers[l[0]]++
				}
				var handles []*meshos.Handle
				var processed, emitted atomic.Int64
				for i := range c.n {
					handles = append(handles, register(t, sdk, i, processFunc(func(e meshos.InboundEvent, emit func([]byte)) error {
						processed.Add(1)
						for range c.fan {
							if e.Payload[0] > 0 {
								emitted.Add(int64(subscribers[i]))
								emit([]byte{e.Payload[0] - 1})
							}
						}
						return nil
					})))
				}
				for _, l := range c.links {
					wantKind(t, "Subscribe", sdk.Subscribe(handles[l[0]].ID(), handles[l[1]].ID()), "")
				}
				var sending sync.WaitGroup
				for s := range senders {
					sending.Go(func() {
						for range each {
							wantKind(t, "Deliver", sdk.Deliver(handles[s%int(c.n)].ID(), meshos.InboundEvent{Payload: []byte{depth}}, nil), "")
						}
					})
				}
				sending.Wait()
				wantKind(t, "Flush", sdk.Flush(0, time.Minute), "")
				if processed.Load() != emitted.Load()+senders*each {
					t.Errorf("%d processed of %d emitted and %d delivered", processed.Load(), emitted.Load(), senders*each)
				}
			})
		}
	}
}

// Daemons of two SDKs flush all daemons of the other SDK from inside their callbacks. One
// of the two flushes is refused.
func TestFlushesOfAllInACycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdks := [2]*meshos.SDK{start(t, quiet), start(t, quiet)}
		var inside sync.WaitGroup
		inside.Add(2)
		var daemons [2]*meshos.Handle
		kinds := make(chan meshos.Kind, 2)
		known := make(chan struct{})
		for i := range sdks {
			daemons[i] = register(t, sdks[i], byte(i), processFunc(func(meshos.InboundEvent, func([]byte)) error {
				<-known
				inside.Done()
				inside.Wait()
				err := sdks[1-i].Inside([]*meshos.Handle{daemons[i]}...).Flush(0, -1)
				var e *meshos.Error
				if errors.As(err, &e) {
					kinds <- e.Kind
				} else {
					kinds <- ""
				}
				return nil
			}))
		}
		close(known)
		for i := range sdks {
			post(t, sdks[i], daemons[i], word(1, "a"))
		}
		got := map[meshos.Kind]int{<-kinds: 1}
		got[<-kinds]++
		if got[meshos.KindInvalidState] != 1 || got[""] != 1 {
			t.Errorf("the flushes end as %v", got)
		}
	})
}

// A daemon delivers to another, whose Process frees the first: it names only the daemon that
// it is inside, and doesn't wait for the one that waits for it.
func TestFreeingTheDaemonThatOneIsCalledBy(t *testing.T) {
	sdk := start(t, quiet)
	var outer *meshos.Handle
	inner := registerKnown(t, sdk, 1, func(self func() *meshos.Handle) meshos.Daemon {
		return processFunc(func(meshos.InboundEvent, func([]byte)) error {
			outer.Inside(self()).Close()
			return nil
		})
	})
	outer = registerKnown(t, sdk, 2, func(self func() *meshos.Handle) meshos.Daemon {
		return processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
			return sdk.Inside(self()).Deliver(inner.ID(), e, nil)
		})
	})
	done := make(chan error, 1)
	go func() { done <- sdk.Deliver(outer.ID(), word(1, "x"), nil) }()
	select {
	case err := <-done:
		wantKind(t, "Deliver", err, "")
	case <-time.After(time.Minute):
		t.Fatal("each waits for the other")
	}
}
