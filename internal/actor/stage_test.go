package actor_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/restart"
	"netmeshos/internal/sched"
	"netmeshos/internal/testrand"
)

// heldHost returns a host whose daemon is in process of the first event that was posted,
// with the stage open, and waits in each event for a value of let. The test has a bubble.
func heldHost(t *testing.T, e *actor.Env, features actor.Features) (h *host, let chan struct{}) {
	t.Helper()
	let = make(chan struct{}, 1_000)
	h = &host{features: features, process: func() { <-let }}
	lending(t, e, h)
	accepted := h.post(e, events.Event{})
	synctest.Wait()
	if !accepted || !h.isOpen() {
		t.Fatal("the stage of a daemon that has a turn isn't open")
	}
	return h, let
}

// The stage is open only while somebody looks at the inbox anyway.
func TestTheStageIsOpenDuringATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := env(sched.NewPool())
		h, let := heldHost(t, e, 0)
		for n := range 5 {
			if !h.post(e, events.Event{Sequence: uint64(n)}) {
				t.Errorf("event %d is refused", n)
			}
		}
		if v := h.actor.View(0); v.Waiting != 6 {
			t.Errorf("%d events wait", v.Waiting)
		}
		for range 6 {
			let <- struct{}{}
		}
		if err := h.actor.Flush(-1, nil); err != nil {
			t.Error(err)
		}
		if v := h.actor.View(0); v.Waiting != 0 || v.Stats.EventsIn != 6 || h.isOpen() || h.Staged() != 0 {
			t.Errorf("open: %v, %d staged, %+v", h.isOpen(), h.Staged(), v)
		}
	})
}

// When a call that refuses events returns, or its failure has, no event can come in
// through the stage, and those that have come in are in the inbox or discarded.
func TestTheStageIsClosedBeforeEventsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		refuse    func(e *actor.Env, h *host, let chan struct{})
		discarded uint64 // of the 3 in the stage
	}{
		"BeginStop":     {func(_ *actor.Env, h *host, _ chan struct{}) { _, _ = h.actor.BeginStop(1000) }, 0},
		"BeginShutdown": {func(_ *actor.Env, h *host, _ chan struct{}) { _, _ = h.actor.BeginShutdown(1000) }, 0},
		"maintenance":   {func(e *actor.Env, h *host, _ chan struct{}) { e.Draining.Store(true); h.actor.Barrier() }, 0},
		"Stop": {func(_ *actor.Env, h *host, _ chan struct{}) {
			_, _ = h.actor.BeginStop(1000)
			h.actor.Stop()
		}, 3},
		"FinishShutdown": {func(_ *actor.Env, h *host, _ chan struct{}) { finish(h.actor) }, 3},
		"Release":        {func(_ *actor.Env, h *host, _ chan struct{}) { h.actor.Release() }, 3},
		"Terminate":      {func(_ *actor.Env, h *host, _ chan struct{}) { h.actor.Terminate() }, 3},
		"a crash loop": {func(e *actor.Env, h *host, let chan struct{}) {
			let <- struct{}{}
			synctest.Wait()
			h.status = 0
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := env(sched.NewPool())
				e.Restart = true
				e.Backoff = restart.Config{Threshold: 1, Window: time.Hour, Cooldown: time.Hour, Max: time.Hour}
				h, let := heldHost(t, e, 0)
				if name == "a crash loop" {
					h.status = -1
				}
				for range 3 {
					if !h.post(e, events.Event{}) {
						t.Error("an event is refused")
					}
				}
				c.refuse(e, h, let)
				if h.isOpen() || h.Staged() != 0 {
					t.Errorf("open: %v, %d staged", h.isOpen(), h.Staged())
				}
				if h.post(e, events.Event{}) {
					t.Error("an event is accepted")
				}
				v := h.actor.View(0)
				if v.Stats.Discarded != c.discarded {
					t.Errorf("%d events are discarded, want %d", v.Stats.Discarded, c.discarded)
				}
				if uint64(v.Waiting) != e.Gauge.Waiting() {
					t.Errorf("%d events wait, %d by the gauge", v.Waiting, e.Gauge.Waiting())
				}
				close(let)
			})
		})
	}
}

// Whatever comes in and goes out, through the stage or not, the stage has as much room as
// the inbox.
func TestTheStageHasTheInboxesRoom(t *testing.T) {
	random := testrand.New(t)
	synctest.Test(t, func(t *testing.T) {
		e := env(sched.NewPool())
		h, let := heldHost(t, e, 0)
		accepted := 1
		for range 3_000 {
			switch random.IntN(6) {
			case 0, 1:
				if h.post(e, events.Event{}) {
					accepted++
				}
			case 2:
				n, _ := h.actor.Post(numbered(random.IntN(4)))
				accepted += n
			case 3:
				let <- struct{}{}
			case 4: // outputs, which are accepted even where there is no room once their daemon has ended
				producer := actor.New(e, 2, "producer", &emitsTwo{}, channel())
				producer.Subscribe(h.actor)
				_, _ = producer.Post(numbered(1))
				synctest.Wait()
				producer.Release()
				accepted += 2
			case 5:
				h.actor.Barrier() // closes it; the next Post opens it
			}
			synctest.Wait()
			v := h.actor.View(0)
			if got := int(v.Stats.EventsIn) + v.Waiting; got != accepted || uint64(v.Waiting) != e.Gauge.Waiting() {
				t.Fatalf("%d processed, %d wait, %d by the gauge; %d were accepted", v.Stats.EventsIn, v.Waiting, e.Gauge.Waiting(), accepted)
			}
			if room := e.InboxCapacity - v.Waiting; h.isOpen() && h.room != room {
				t.Fatalf("the stage has room for %d events, the inbox for %d", h.room, room)
			}
		}
		h.actor.Release()
		close(let)
		if !h.actor.Await(-1, nil) || e.Gauge.Waiting() != 0 {
			t.Errorf("%d events wait at the end", e.Gauge.Waiting())
		}
		if stats := h.actor.Retire(); stats.EventsIn+stats.Discarded != uint64(accepted) {
			t.Errorf("%d processed, %d discarded; %d were accepted", stats.EventsIn, stats.Discarded, accepted)
		}
	})
}

// Posts race with a stop: each event that is accepted is processed or discarded, and none
// is accepted afterwards.
func TestPostsDuringAStop(t *testing.T) {
	for range 100 {
		e := env(sched.NewPool())
		h := lending(t, e, &host{})
		var accepted atomic.Uint64
		var posting sync.WaitGroup
		var stopped atomic.Bool
		begun := make(chan struct{}, 10)
		for range 3 {
			posting.Go(func() {
				for n := 0; ; n++ {
					late := stopped.Load()
					if h.post(e, events.Event{}) {
						accepted.Inc()
						if late {
							t.Error("an event is accepted after the stop")
						}
					}
					if late {
						return
					}
					if n == 20 {
						begun <- struct{}{}
					}
				}
			})
		}
		<-begun
		if _, err := h.actor.BeginStop(1000); err != nil {
			t.Error(err)
		}
		stopped.Store(true)
		h.actor.Stop()
		posting.Wait()
		if err := h.actor.Flush(-1, nil); err != nil {
			t.Error(err)
		}
		if v := h.actor.View(0); v.Stats.EventsIn+v.Stats.Discarded != accepted.Load() || e.Gauge.Waiting() != 0 {
			t.Fatalf("%d processed, %d discarded, %d wait; %d were accepted", v.Stats.EventsIn, v.Stats.Discarded, e.Gauge.Waiting(), accepted.Load())
		}
	}
}
