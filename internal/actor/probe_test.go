package actor_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/life"
	"netmeshos/internal/sched"
	"netmeshos/internal/vitals"
)

func TestEachChangeOfVitalsIsReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said vitals.Vitals
		var reported []life.Event
		observed := env(sched.NewPool())
		observed.Hook = func(e life.Event) { reported = append(reported, e) }
		d := &daemon{t: t, onProbe: func() vitals.Vitals { return said }}
		h := actor.New(observed, 1, "daemon", d, channel())
		defer h.Release()
		if vitalsOf(h) != (vitals.Vitals{}) {
			t.Errorf("before the first probe: %v", vitalsOf(h))
		}
		for _, said = range []vitals.Vitals{{}, {Health: 1}, {Health: 1}, {Health: 1, Saturation: 7}, {Health: 1, Saturation: 8}, {Health: 9}} {
			h.RequestProbe()
			synctest.Wait()
			if vitalsOf(h) != said.Normal() {
				t.Errorf("vitals %v, want %v", vitalsOf(h), said.Normal())
			}
		}
		id := life.Daemon{ID: 1}
		want := []life.Event{
			life.HealthChanged{Daemon: id, From: vitals.Healthy, To: vitals.Degraded},
			life.SaturationChanged{Daemon: id, From: 0, To: 1},
			life.HealthChanged{Daemon: id, From: vitals.Degraded, To: vitals.Healthy},
			life.SaturationChanged{Daemon: id, From: 1, To: 0},
		}
		if !slices.Equal(reported, want) {
			t.Errorf("reported %v, want %v", reported, want)
		}
	})
}

func TestRequestsForAProbeAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		probes := 0
		h := newActor(t, sched.NewPool(), &daemon{
			onControl: func(control.Event) { g.wait() },
			onProbe:   func() vitals.Vitals { probes++; return vitals.Vitals{} },
		})
		h.Send(event(1))
		<-g.reached
		for range 100 {
			h.RequestProbe()
		}
		synctest.Wait()
		if probes != 0 {
			t.Errorf("%d probes during another callback", probes)
		}
		g.open()
		synctest.Wait()
		if probes != 1 {
			t.Errorf("%d probes for 100 requests during a callback, want 1", probes)
		}
		h.RequestProbe()
		synctest.Wait()
		if probes != 2 {
			t.Errorf("%d probes after one more request, want 2", probes)
		}
	})
}

// Callbacks that a daemon lacks are not called: its functions are nil.
func TestMissingCallbacksAreNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := sched.NewPool()
		neither := actor.New(env(pool), 1, "daemon", actor.None{}, channel())
		defer neither.Release()
		probed := newActor(t, pool, &daemon{onProbe: func() vitals.Vitals { return vitals.Vitals{} }})
		withControl := controlled(t, pool, func(control.Event) {})
		if got := []actor.Features{neither.Features(), probed.Features(), withControl.Features()}; !slices.Equal(got, []actor.Features{0, actor.HasProbe, actor.HasControl}) {
			t.Errorf("features %v", got)
		}
		for _, h := range []*actor.Actor{neither, probed, withControl} {
			h.Send(event(1))
			h.RequestProbe()
		}
		synctest.Wait()
		for _, h := range []*actor.Actor{neither, probed, withControl} {
			finish(h)
			if !h.Await(0, nil) {
				t.Error("something still waits")
			}
		}
	})
}
