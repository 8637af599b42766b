package host_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"netmeshos/runtime/control"
	"netmeshos/runtime/host"
)

func TestVitalsAreMadeNormal(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		rule      string
		from, to  host.Vitals
		wantWords string
	}{
		{"nothing to say", host.Vitals{}, host.Vitals{}, "healthy"},
		{"degraded and half", host.Vitals{Health: 1, Saturation: 0.5}, host.Vitals{Health: host.Degraded, Saturation: 0.5}, "degraded"},
		{"unhealthy and full", host.Vitals{Health: 2, Saturation: 1}, host.Vitals{Health: host.Unhealthy, Saturation: 1}, "unhealthy"},
		{"a health above", host.Vitals{Health: 3}, host.Vitals{Health: host.Healthy}, "healthy"},
		{"a health below", host.Vitals{Health: -1}, host.Vitals{Health: host.Healthy}, "healthy"},
		{"the extreme healths", host.Vitals{Health: math.MaxInt32}, host.Vitals{}, "healthy"},
		{"the other extreme", host.Vitals{Health: math.MinInt32}, host.Vitals{}, "healthy"},
		{"a saturation above", host.Vitals{Saturation: 1.0001}, host.Vitals{Saturation: 1}, "healthy"},
		{"a saturation below", host.Vitals{Saturation: -0.0001}, host.Vitals{}, "healthy"},
		{"no number", host.Vitals{Saturation: nan}, host.Vitals{}, "healthy"},
		{"infinity", host.Vitals{Saturation: inf}, host.Vitals{Saturation: 1}, "healthy"},
		{"minus infinity", host.Vitals{Saturation: -inf}, host.Vitals{}, "healthy"},
		{"minus zero", host.Vitals{Saturation: float32(math.Copysign(0, -1))}, host.Vitals{}, "healthy"},
		{"the smallest", host.Vitals{Saturation: math.SmallestNonzeroFloat32}, host.Vitals{Saturation: math.SmallestNonzeroFloat32}, "healthy"},
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
		type change struct{ from, to host.Vitals }
		var said host.Vitals
		var told []change
		d := &daemon{t: t, onProbe: func() host.Vitals { return said }}
		h := host.New(env(host.NewPool()), 1, "daemon", d, func(from, to host.Vitals) { told = append(told, change{from, to}) })
		defer h.Stop()
		if h.Vitals() != (host.Vitals{}) {
			t.Errorf("before the first probe: %v", h.Vitals())
		}
		for _, said = range []host.Vitals{{}, {Health: 1}, {Health: 1}, {Health: 1, Saturation: 7}, {Health: 1, Saturation: 8}, {Health: 9}} {
			h.RequestProbe()
			synctest.Wait()
			if h.Vitals() != said.Normal() {
				t.Errorf("vitals %v, want %v", h.Vitals(), said.Normal())
			}
		}
		want := []change{
			{host.Vitals{}, host.Vitals{Health: 1}},
			{host.Vitals{Health: 1}, host.Vitals{Health: 1, Saturation: 1}},
			{host.Vitals{Health: 1, Saturation: 1}, host.Vitals{}},
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
		h := newHost(t, host.NewPool(), &daemon{
			onControl: func(control.Event) { g.wait() },
			onProbe:   func() host.Vitals { probes++; return host.Vitals{} },
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
		pool := host.NewPool()
		neither := host.New(env(pool), 1, "daemon", host.None{}, nil)
		defer neither.Stop()
		probed := newHost(t, pool, &daemon{onProbe: func() host.Vitals { return host.Vitals{} }})
		told := controlled(t, pool, func(control.Event) {})
		if got := []host.Features{neither.Features(), probed.Features(), told.Features()}; !slices.Equal(got, []host.Features{0, host.HasProbe, host.HasControl}) {
			t.Errorf("features %v", got)
		}
		for _, h := range []*host.Host{neither, probed, told} {
			h.Notify(event(1))
			h.RequestProbe()
		}
		synctest.Wait()
		for _, h := range []*host.Host{neither, probed, told} {
			h.Finish()
			if !h.Await(0) {
				t.Error("something still waits")
			}
		}
	})
}
