package meshos_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

func TestDaemonsAreAskedEveryTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var healths, saturations atomic.Int64
		a := register(t, sdk, 1, healthFunc(func() meshos.Health { healths.Add(1); return meshos.Unhealthy }))
		b := register(t, sdk, 2, saturationFunc(func() float32 { saturations.Add(1); return 0.75 }))
		c := register(t, sdk, 3, nil)
		time.Sleep(1050 * time.Millisecond)
		if healths.Load() != 10 || saturations.Load() != 10 {
			t.Errorf("asked %d and %d times in 10 ticks", healths.Load(), saturations.Load())
		}
		for i, want := range map[*meshos.Handle]struct {
			health     meshos.Health
			saturation float32
		}{a: {meshos.Unhealthy, 0}, b: {meshos.Healthy, 0.75}, c: {meshos.Healthy, 0}} {
			if health, saturation := i.Vitals(); health != want.health || saturation != want.saturation {
				t.Errorf("vitals %v %v, want %v", health, saturation, want)
			}
		}
		a.Close()
		wantKind(t, "GracefulShutdown", b.GracefulShutdown(1), "")
		time.Sleep(time.Second)
		if healths.Load() != 10 || saturations.Load() != 10 {
			t.Errorf("asked %d and %d times, after the end too", healths.Load(), saturations.Load())
		}
	})
}

// A daemon that is being shut down is probed until its grace time is over.
func TestDaemonsAreAskedDuringTheGraceTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var asked atomic.Int64
		h := register(t, sdk, 1, healthFunc(func() meshos.Health { asked.Add(1); return meshos.Healthy }))
		wantKind(t, "GracefulShutdown", h.GracefulShutdown(1050), "")
		if asked.Load() != 10 {
			t.Errorf("asked %d times in 10 ticks", asked.Load())
		}
	})
}

// A slow daemon is probed again only when it has answered, and doesn't delay the others.
func TestASlowDaemonDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, meshos.Config{TickIntervalMS: 100})
		var slow, quick atomic.Int64
		for n := range byte(20) {
			register(t, sdk, n, healthFunc(func() meshos.Health { slow.Add(1); time.Sleep(10 * time.Second); return meshos.Healthy }))
		}
		register(t, sdk, 100, healthFunc(func() meshos.Health { quick.Add(1); return meshos.Healthy }))
		time.Sleep(5 * time.Second)
		if slow.Load() != 20 {
			t.Errorf("the slow daemons were asked %d times in all, want once each", slow.Load())
		}
		if quick.Load() < 45 { // of 50 ticks, a few are missed at the start
			t.Errorf("the quick daemon was asked %d times in 50 ticks", quick.Load())
		}
		if sdk.Ticks() < 49 {
			t.Errorf("%d ticks, want 49 or 50", sdk.Ticks())
		}
	})
}

func TestChangesOfHealthAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, meshos.Config{ThisNode: 4660, TickIntervalMS: 100})
		answers := []meshos.Health{meshos.Healthy, meshos.Degraded, meshos.Degraded, meshos.Unhealthy, 77, meshos.Unhealthy, meshos.Degraded}
		ticks := 0
		h := register(t, sdk, 1, healthFunc(func() meshos.Health { ticks++; return answers[min(ticks, len(answers))-1] }))
		time.Sleep(time.Duration(len(answers))*100*time.Millisecond + 50*time.Millisecond)
		changed := func(from, to meshos.Health) life.Event {
			return life.HealthChanged{Daemon: daemonOf(h), From: from, To: to}
		}
		seen.expect(t, h,
			changed(meshos.Healthy, meshos.Degraded),
			changed(meshos.Degraded, meshos.Unhealthy),
			changed(meshos.Unhealthy, meshos.Healthy), // an invalid health counts as healthy
			changed(meshos.Healthy, meshos.Unhealthy),
			changed(meshos.Unhealthy, meshos.Degraded))
		levels := []meshos.Level{meshos.LevelWarn, meshos.LevelWarn, meshos.LevelInfo, meshos.LevelWarn, meshos.LevelInfo}
		for i, r := range sdk.Logs(0, 0) {
			if r.DaemonID != h.ID() || r.NodeID != 4660 || i >= len(levels) || r.Level != levels[i] {
				t.Errorf("record %d: %+v, want the levels %v", i, r, levels)
			}
		}
	})
}
