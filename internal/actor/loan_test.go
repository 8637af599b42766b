package actor_test

import (
	"testing"
	"time"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/restart"
	"netmeshos/internal/sched"
)

// The token is lent after a Deliver only if the next one would take it at once, and do
// nothing but process its event and reply.
func TestWhenTheTokenIsLent(t *testing.T) {
	other := func(e *actor.Env) *actor.Actor { return actor.New(e, 2, "other", &gated{}, channel()) }
	for name, c := range map[string]struct {
		features actor.Features
		status   int32
		before   func(e *actor.Env, h *host)
		during   func(e *actor.Env, h *host)
		lent     bool
	}{
		"idle":                            {lent: true},
		"idle, with every callback":       {features: actor.HasControl | actor.HasProbe | actor.HasSnapshot | actor.HasRestore, lent: true},
		"after a failure that is skipped": {status: -1, lent: true},
		"held after a failure": {status: -1, before: func(e *actor.Env, _ *host) {
			e.Restart = true
			e.Backoff = restart.Config{First: time.Hour, Initial: time.Hour, Max: time.Hour, Threshold: 9, Window: time.Hour}
		}},
		"the node has a sink":          {before: func(e *actor.Env, _ *host) { e.Sink.Set(&listed{}) }},
		"a sink comes meanwhile":       {during: func(e *actor.Env, _ *host) { e.Sink.Set(&listed{}) }},
		"a subscriber":                 {before: func(e *actor.Env, h *host) { h.actor.Subscribe(other(e)) }},
		"a subscriber comes meanwhile": {during: func(e *actor.Env, h *host) { h.actor.Subscribe(other(e)) }},
		"a subscriber is gone": {before: func(e *actor.Env, h *host) {
			to := other(e)
			h.actor.Subscribe(to)
			h.actor.Unsubscribe(to)
		}, lent: true},
		"states are saved by events":                           {features: actor.HasSnapshot, before: func(e *actor.Env, _ *host) { e.Saving.Events = 100 }},
		"states are saved by time":                             {features: actor.HasSnapshot, before: func(e *actor.Env, _ *host) { e.Saving.Interval = time.Hour }},
		"no state could be saved":                              {before: func(e *actor.Env, _ *host) { e.Saving.Events = 100 }, lent: true},
		"the node enters maintenance":                          {during: func(e *actor.Env, h *host) { e.Draining.Store(true); h.actor.Barrier() }},
		"a stop begins":                                        {during: func(_ *actor.Env, h *host) { _, _ = h.actor.BeginStop(1000) }},
		"a shutdown begins":                                    {during: func(_ *actor.Env, h *host) { _, _ = h.actor.BeginShutdown(1000) }},
		"the handle is freed":                                  {during: func(_ *actor.Env, h *host) { h.actor.Release() }},
		"the SDK is shut down":                                 {during: func(_ *actor.Env, h *host) { h.actor.Terminate() }},
		"an event waits":                                       {during: func(_ *actor.Env, h *host) { once(h); _, _ = h.actor.Post(numbered(1)) }},
		"a probe is wanted":                                    {features: actor.HasProbe, during: func(_ *actor.Env, h *host) { h.actor.RequestProbe() }},
		"a control event waits":                                {features: actor.HasControl, during: func(_ *actor.Env, h *host) { h.actor.Send(event(1)) }},
		"somebody has waited for idleness, which comes before": {during: func(e *actor.Env, _ *host) { e.Activity.Idle() }, lent: true},
		"somebody waits for idleness, while another is busy": {before: func(e *actor.Env, h *host) {
			busy := newGated(0)
			another := actor.New(e, 2, "another", busy, channel())
			_, _ = another.Post(numbered(1))
			<-busy.begun
			h.t.Cleanup(func() { busy.let <- struct{}{}; another.Release() })
			e.Activity.Idle()
		}},
		"the supervisor waits for it": {before: func(e *actor.Env, _ *host) { e.Activity.WakeWhenIdle(true) }},
		"it has waited and doesn't now": {before: func(e *actor.Env, _ *host) {
			e.Activity.WakeWhenIdle(true)
			e.Activity.WakeWhenIdle(false)
		}, lent: true},
	} {
		t.Run(name, func(t *testing.T) {
			e := env(sched.NewPool())
			h := lending(t, e, &host{features: c.features, status: c.status})
			if c.before != nil {
				c.before(e, h)
			}
			h.process = func() {
				if c.during != nil {
					c.during(e, h)
				}
			}
			_ = h.deliver()
			if got := h.isLent(); got != c.lent { // only a deliver lends it, so it stays so
				t.Errorf("lent: %v, want %v", got, c.lent)
			}
		})
	}
}

// once has only the first event do what process does.
func once(h *host) { h.process = nil }

// Whatever looks at an actor takes the token back first, and has all the host has
// processed counted.
func TestEveryCallTakesTheTokenBack(t *testing.T) {
	nobody := actor.New(env(sched.NewPool()), 3, "nobody", actor.None{}, channel())
	for name, call := range map[string]func(e *actor.Env, h *host){
		"Post":              func(_ *actor.Env, h *host) { _, _ = h.actor.Post(nil) },
		"PostWait":          func(_ *actor.Env, h *host) { _, _ = h.actor.PostWait(nil, 0, nil) },
		"Deliver":           func(_ *actor.Env, h *host) { _ = h.actor.Deliver(events.Event{}, nil, actor.Start{}, nil) },
		"Subscribe":         func(_ *actor.Env, h *host) { h.actor.Subscribe(nobody) },
		"Interrupt":         func(_ *actor.Env, h *host) { h.actor.Interrupt() },
		"BeginStop":         func(_ *actor.Env, h *host) { _, _ = h.actor.BeginStop(1000) },
		"Stop":              func(_ *actor.Env, h *host) { h.actor.Stop() },
		"Restart":           func(_ *actor.Env, h *host) { _ = h.actor.Restart() },
		"BeginShutdown":     func(_ *actor.Env, h *host) { _, _ = h.actor.BeginShutdown(1000) },
		"FinishShutdown":    func(_ *actor.Env, h *host) { h.actor.FinishShutdown(func() {}) },
		"EndGrace":          func(_ *actor.Env, h *host) { _ = h.actor.EndGrace() },
		"Release":           func(_ *actor.Env, h *host) { h.actor.Release() },
		"Terminate":         func(_ *actor.Env, h *host) { h.actor.Terminate() },
		"After":             func(_ *actor.Env, h *host) { h.actor.After(func() {}) },
		"Done":              func(_ *actor.Env, h *host) { h.actor.Done() },
		"Await":             func(_ *actor.Env, h *host) { h.actor.Await(0, nil) },
		"Flush":             func(_ *actor.Env, h *host) { _ = h.actor.Flush(0, nil) },
		"Barrier":           func(_ *actor.Env, h *host) { h.actor.Barrier() },
		"Snapshot":          func(_ *actor.Env, h *host) { _, _ = h.actor.Snapshot(nil) },
		"Restore":           func(_ *actor.Env, h *host) { _ = h.actor.Restore([]byte("state"), nil) },
		"RequestProbe":      func(_ *actor.Env, h *host) { h.actor.RequestProbe() },
		"Probed":            func(_ *actor.Env, h *host) { h.actor.Probed() },
		"Vitals":            func(_ *actor.Env, h *host) { h.actor.Vitals() },
		"View":              func(_ *actor.Env, h *host) { h.actor.View(0) },
		"Send":              func(_ *actor.Env, h *host) { h.actor.Send(event(1)) },
		"Lifecycle":         func(_ *actor.Env, h *host) { h.actor.Lifecycle() },
		"Retire":            func(_ *actor.Env, h *host) { h.actor.Retire() },
		"the end of a time": func(_ *actor.Env, h *host) { _, _ = h.actor.PostWait(nil, time.Nanosecond, nil) },
		"Busy":              func(e *actor.Env, _ *host) { e.Activity.Busy() },
		"Idle":              func(e *actor.Env, _ *host) { e.Activity.Idle() },
		"WakeWhenIdle":      func(e *actor.Env, _ *host) { e.Activity.WakeWhenIdle(true) },
		"the watchdog": func(e *actor.Env, _ *host) {
			e.Watchdog.Attend(time.Now())
			e.Watchdog.Attend(time.Now().Add(time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := env(sched.NewPool())
			h := lent(t, e, &host{features: actor.HasControl | actor.HasProbe | actor.HasSnapshot | actor.HasRestore})
			for range 3 {
				if err := h.deliver(); err != nil {
					t.Fatal(err)
				}
			}
			if lends, recalls, wants := h.counts(); lends != 1 || recalls != 0 || wants != 0 {
				t.Fatalf("lent %d times, taken back %d and %d times before the call", lends, recalls, wants)
			}
			call(e, h)
			lends, recalls, wants := h.counts()
			again := 0
			if name == "Deliver" { // lends it again
				again = 1
			}
			if lends != 1+again || recalls != 1 || wants != 0 {
				t.Errorf("lent %d times, taken back %d and %d times", lends, recalls, wants)
			}
			if v := h.actor.View(0); v.Stats.EventsIn != uint64(4+again) || v.Stats.Outputs != uint64(8+2*again) {
				t.Errorf("%d events and %d outputs are counted", v.Stats.EventsIn, v.Stats.Outputs)
			}
			if again == 0 && h.begin() != nil {
				t.Error("the host can still take it")
			}
		})
	}
	nobody.Release()
}
