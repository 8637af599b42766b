package actor_test

import (
	"testing"
	"time"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/sched"
)

// A panic of the library's own where a deliver ends doesn't leave the daemon held, and only
// that event is not counted.
func TestADefectLeavesTheTokenFree(t *testing.T) {
	for name, c := range map[string]struct {
		wanted bool
		end    func(h *host, r *hostRun)
	}{
		"before the actor has the run, which it wants": {true, func(h *host, _ *hostRun) { h.actor.Abandon() }},
		"with the run, which the actor wants":          {true, returnedPanics},
		"with the run":                                 {false, returnedPanics},
	} {
		t.Run(name, func(t *testing.T) {
			h := lent(t, env(sched.NewPool()), &host{})
			before := h.actor.View(0).Stats
			_ = h.deliver() // lends it again
			r := h.begin()
			if r == nil {
				t.Fatal("the token is not lent")
			}
			flushed := make(chan *actor.Actor)
			if c.wanted {
				h.actor.View(0)
				go func() { // somebody waits for the daemon already
					_ = h.actor.Flush(time.Minute, nil)
					close(flushed)
				}()
			} else {
				close(flushed)
			}
			h.change(func() { h.inside-- })
			c.end(h, r)
			<-flushed
			h.change(func() { h.numbers = 2 * 2 }) // the outputs of that event have no numbers
			if n, err := h.actor.Post(numbered(1)); n != 1 || err != nil {
				t.Errorf("posted %d, %v", n, err)
			}
			if err := h.actor.Flush(time.Minute, nil); err != nil {
				t.Error(err)
			}
			if v := h.actor.View(0); v.Stats.EventsIn != before.EventsIn+2 || v.Running != 0 || v.Waiting != 0 {
				t.Errorf("%+v, had %d events", v, before.EventsIn)
			}
		})
	}
}

func returnedPanics(h *host, r *hostRun) {
	r.panics = true
	defer func() { _ = recover() }()
	_ = h.actor.Returned(events.Event{Origin: 1, Sequence: 1})
}
