package actor_test

import (
	"sync"
	"testing"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	events "netmeshos/internal/event"
	"netmeshos/internal/sched"
)

// Hosts deliver and post from several goroutines, with the lent token and the stage where
// they find them, while others look, interrupt and wait. Every event is processed once and
// counted, the numbers of outputs have no gaps (see host.enter), and all workspaces come
// back.
func TestDeliversPostsAndCallsAtOnce(t *testing.T) {
	const goroutines, rounds = 3, 2_000
	e := env(sched.NewPool())
	h := lent(t, e, &host{features: actor.HasControl | actor.HasProbe})
	to := actor.New(e, 2, "subscriber", actor.None{}, channel())
	defer to.Release()
	var wanted atomic.Uint64 // how many events must be processed
	wanted.Store(1)
	var delivering, calling sync.WaitGroup
	for range goroutines {
		delivering.Go(func() {
			for range rounds {
				if err := h.deliver(); err != nil {
					t.Error(err)
				}
				wanted.Inc()
			}
		})
		delivering.Go(func() {
			for n := range uint64(rounds) {
				if h.post(e, events.Event{Origin: 1, Sequence: n}) {
					wanted.Inc()
				}
			}
		})
	}
	var over atomic.Bool
	calling.Go(func() {
		seen := uint64(0)
		for n := 0; !over.Load(); n++ {
			switch n % 6 {
			case 0:
				events := h.actor.View(clock.Now()).Stats.EventsIn
				if events < seen {
					t.Errorf("%d events after %d", events, seen)
				}
				seen = events
			case 1:
				h.actor.Interrupt()
			case 2:
				h.actor.Subscribe(to)
			case 3:
				h.actor.Unsubscribe(to)
			case 4:
				h.actor.RequestProbe()
			case 5:
				e.Activity.Idle()
			}
		}
	})
	delivering.Wait()
	over.Store(true)
	calling.Wait()
	h.actor.Unsubscribe(to)
	for _, a := range []*actor.Actor{h.actor, to} {
		if err := a.Flush(-1, nil); err != nil {
			t.Fatal(err)
		}
	}
	if v := h.actor.View(0); v.Stats.EventsIn != wanted.Load() || v.Stats.Outputs != 2*wanted.Load() || v.Waiting != 0 {
		t.Errorf("%d events and %d outputs are counted, %d wait; want %d events", v.Stats.EventsIn, v.Stats.Outputs, v.Waiting, wanted.Load())
	}
	if h.numbers != 2*wanted.Load() {
		t.Errorf("%d outputs have a number, want %d", h.numbers, 2*wanted.Load())
	}
	if e.Gauge.Waiting() != 0 || e.Activity.Busy() != 0 {
		t.Errorf("%d events wait in %d busy daemons", e.Gauge.Waiting(), e.Activity.Busy())
	}
	if all, free := e.Workspaces(); all != free || all > 4 {
		t.Errorf("%d of %d workspaces are free", free, all)
	}
	lends, recalls, wants := h.counts()
	if lends != recalls+wants && lends != recalls+wants+1 {
		t.Errorf("lent %d times, taken back %d+%d times", lends, recalls, wants)
	}
}
