package actor_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
)

func TestVitalsAreMadeNormal(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		rule      string
		from, to  actor.Vitals
		wantWords string
	}{
		{"nothing to say", actor.Vitals{}, actor.Vitals{}, "healthy"},
		{"degraded and half", actor.Vitals{Health: 1, Saturation: 0.5}, actor.Vitals{Health: actor.Degraded, Saturation: 0.5}, "degraded"},
		{"unhealthy and full", actor.Vitals{Health: 2, Saturation: 1}, actor.Vitals{Health: actor.Unhealthy, Saturation: 1}, "unhealthy"},
		{"a health above", actor.Vitals{Health: 3}, actor.Vitals{Health: actor.Healthy}, "healthy"},
		{"a health below", actor.Vitals{Health: -1}, actor.Vitals{Health: actor.Healthy}, "healthy"},
		{"the extreme healths", actor.Vitals{Health: math.MaxInt32}, actor.Vitals{}, "healthy"},
		{"the other extreme", actor.Vitals{Health: math.MinInt32}, actor.Vitals{}, "healthy"},
		{"a saturation above", actor.Vitals{Saturation: 1.0001}, actor.Vitals{Saturation: 1}, "healthy"},
		{"a saturation below", actor.Vitals{Saturation: -0.0001}, actor.Vitals{}, "healthy"},
		{"no number", actor.Vitals{Saturation: nan}, actor.Vitals{}, "healthy"},
		{"infinity", actor.Vitals{Saturation: inf}, actor.Vitals{Saturation: 1}, "healthy"},
		{"minus infinity", actor.Vitals{Saturation: -inf}, actor.Vitals{}, "healthy"},
		{"minus zero", actor.Vitals{Saturation: float32(math.Copysign(0, -1))}, actor.Vitals{}, "healthy"},
		{"the smallest", actor.Vitals{Saturation: math.SmallestNonzeroFloat32}, actor.Vitals{Saturation: math.SmallestNonzeroFloat32}, "healthy"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := c.from.Normal()
			if got != c.to || math.Signbit(float64(got.Saturation)) {
				t.Errorf("%v becomes %v, want %v", c.from, got, c.to)
			}
			if got.Health.String() != c.wantWords {
				t.Errorf("it is called %s, want %s", got.Health, c.wantWords)
			}
		})
	}
}

func TestEachChangeOfVitalsIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type change struct{ from, to actor.Vitals }
		var said actor.Vitals
		var told []change
		d := &daemon{t: t, onProbe: func() actor.Vitals { return said }}
		h := actor.New(env(actor.NewPool()), 1, "daemon", d, func(from, to actor.Vitals) { told = append(told, change{from, to}) })
		defer h.Stop()
		if h.Vitals() != (actor.Vitals{}) {
			t.Errorf("before the first probe: %v", h.Vitals())
		}
		for _, said = range []actor.Vitals{{}, {Health: 1}, {Health: 1}, {Health: 1, Saturation: 7}, {Health: 1, Saturation: 8}, {Health: 9}} {
			h.RequestProbe()
			synctest.Wait()
			if h.Vitals() != said.Normal() {
				t.Errorf("vitals %v, want %v", h.Vitals(), said.Normal())
			}
		}
		want := []change{
			{actor.Vitals{}, actor.Vitals{Health: 1}},
			{actor.Vitals{Health: 1}, actor.Vitals{Health: 1, Saturation: 1}},
			{actor.Vitals{Health: 1, Saturation: 1}, actor.Vitals{}},
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

func TestProbesThatWaitAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		probes := 0
		h := newHost(t, actor.NewPool(), &daemon{
			onControl: func(control.Event) { g.wait() },
			onProbe:   func() actor.Vitals { probes++; return actor.Vitals{} },
		})
		h.Notify(event(1))
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

// What a daemon lacks is not called: the functions of this one are nil.
func TestOnlyWhatADaemonHasIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewPool()
		neither := actor.New(env(pool), 1, "daemon", actor.None{}, nil)
		defer neither.Stop()
		probed := newHost(t, pool, &daemon{onProbe: func() actor.Vitals { return actor.Vitals{} }})
		told := controlled(t, pool, func(control.Event) {})
		if got := []actor.Features{neither.Features(), probed.Features(), told.Features()}; !slices.Equal(got, []actor.Features{0, actor.HasProbe, actor.HasControl}) {
			t.Errorf("features %v", got)
		}
		for _, h := range []*actor.Host{neither, probed, told} {
			h.Notify(event(1))
			h.RequestProbe()
		}
		synctest.Wait()
		for _, h := range []*actor.Host{neither, probed, told} {
			h.Finish()
			if !h.Await(0) {
				t.Error("something still waits")
			}
		}
	})
}
