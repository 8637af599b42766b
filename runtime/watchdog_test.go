package meshos_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// hangs begins a callback of each kind.
var hangs = map[string]func(*meshos.SDK, *meshos.Handle){
	"Process":    func(sdk *meshos.SDK, h *meshos.Handle) { sdk.Post(h.ID(), words(1, "a")) },
	"Deliver":    func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.Deliver(h.ID(), word(1, "a"), nil) },
	"Snapshot":   func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.Snapshot(h.ID()) },
	"Restore":    func(sdk *meshos.SDK, h *meshos.Handle) { go sdk.Restore(h.ID(), nil) },
	"OnControl":  func(sdk *meshos.SDK, h *meshos.Handle) { sdk.EnterMaintenance(0) },
	"Health":     func(*meshos.SDK, *meshos.Handle) {},
	"Saturation": func(*meshos.SDK, *meshos.Handle) {},
}

// A callback of any kind that runs for too long is logged once and shown, and delays only
// its own daemon.
func TestAnOverdueCallback(t *testing.T) {
	for name, begin := range hangs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := quiet
				config.TickIntervalMS = 1_000
				sdk, seen := observe(t, config)
				gate := make(chan struct{})
				h := register(t, sdk, 1, slowControl{&slow{name, gate}})
				var asked atomic.Int64
				other := register(t, sdk, 2, healthFunc(func() meshos.Health { asked.Add(1); return meshos.Healthy }))
				begin(sdk, h)
				began := time.Now()
				if name == "Health" || name == "Saturation" {
					time.Sleep(time.Second) // until the next tick
					began = time.Now()
				}
				time.Sleep(5*time.Second - 1)
				if d := viewDaemon(t, sdk, h); d.Overdue || d.BusyMS != 4_999 {
					t.Errorf("just before it is overdue: %v, busy for %d ms", d.Overdue, d.BusyMS)
				}
				time.Sleep(1_250 * time.Millisecond) // the watchdog checks four times in that time
				d := viewDaemon(t, sdk, h)
				if !d.Overdue || d.BusyMS != time.Since(began).Milliseconds() {
					t.Errorf("overdue %v, busy for %d ms", d.Overdue, d.BusyMS)
				}
				time.Sleep(time.Minute)
				overdue := happened[life.Overdue](seen)
				if len(overdue) != 1 || overdue[0].Running < 5*time.Second || overdue[0].Running >= 6_250*time.Millisecond {
					t.Fatalf("overdue: %+v", overdue)
				}
				seen.expect(t, h, life.Overdue{Daemon: daemonOf(h), Name: "daemon", Running: overdue[0].Running})
				if asked.Load() < 60 || sdk.Ticks() < 60 {
					t.Errorf("another daemon was asked %d times in %d ticks", asked.Load(), sdk.Ticks())
				}
				if name != "OnControl" {
					deliver(t, sdk, other, word(1, "x"))
				}
				took := time.Since(began)
				close(gate)
				synctest.Wait()
				seen.expect(t, h, overdue[0], life.OverdueReturned{Daemon: daemonOf(h), Name: "daemon", Took: took})
				time.Sleep(10 * time.Millisecond)
				if d := viewDaemon(t, sdk, h); d.Overdue || d.BusyMS != 0 {
					t.Errorf("when it has returned: %v, busy for %d ms", d.Overdue, d.BusyMS)
				}
			})
		})
	}
}

// Each overdue callback is reported, others are not.
func TestEachOverdueCallbackIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.WatchdogMS = 100
		sdk, seen := observe(t, config)
		takes := []time.Duration{90, 200, 90, 200, 300, 50}
		h := register(t, sdk, 1, processFunc(func(e meshos.InboundEvent, _ func([]byte)) error {
			time.Sleep(takes[e.Sequence] * time.Millisecond)
			return nil
		}))
		for i := range takes {
			post(t, sdk, h, meshos.InboundEvent{Sequence: uint64(i)})
		}
		flush(t, sdk, h)
		overdue := happened[life.Overdue](seen)
		if len(overdue) != 3 {
			t.Fatalf("overdue: %+v", overdue)
		}
		var want []life.Event
		for i, took := range []time.Duration{200, 200, 300} {
			if ran := overdue[i].Running; ran < 100*time.Millisecond || ran > 125*time.Millisecond {
				t.Errorf("found overdue after %v", ran)
			}
			want = append(want, overdue[i], life.OverdueReturned{Daemon: daemonOf(h), Name: "daemon", Took: took * time.Millisecond})
		}
		seen.expect(t, h, want...)
	})
}

// Calls that wait for a hung callback time out with an error. Other calls don't wait.
func TestCallsThatWaitForAHungCallbackTimeOut(t *testing.T) {
	for name, begin := range hangs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := quiet
				config.TickIntervalMS = 1_000
				sdk := start(t, config)
				gate := make(chan struct{})
				h := register(t, sdk, 1, slowControl{&slow{name, gate}})
				fine := register(t, sdk, 2, newRecorder(t))
				begin(sdk, h)
				time.Sleep(1_500 * time.Millisecond)
				within(t, "GracefulShutdown of another", time.Second, func() { wantKind(t, "GracefulShutdown", fine.GracefulShutdown(1_000), "") })
				within(t, "StopDaemon", time.Second+settled, func() {
					wantKind(t, "StopDaemon", sdk.StopDaemon(h.ID(), 1_000), meshos.KindShutdownFailed)
				})
				within(t, "GracefulShutdown", 2*time.Second+settled, func() {
					wantKind(t, "GracefulShutdown", h.GracefulShutdown(2_000), meshos.KindShutdownFailed)
				})
				within(t, "Shutdown", 5*time.Second, func() { wantKind(t, "Shutdown", sdk.Shutdown(), meshos.KindShutdownFailed) })
				closed := make(chan struct{})
				go func() { h.Close(); close(closed) }()
				time.Sleep(time.Hour)
				select {
				case <-closed:
					t.Error("Close has not waited for the callback")
				default:
				}
				close(gate)
				<-closed
			})
		})
	}
}

// Changes of health and saturation are logged and shown.
func TestVitalsAreLoggedAndShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 100
		sdk, seen := observe(t, config)
		healths := []meshos.Health{meshos.Healthy, meshos.Degraded, meshos.Degraded, meshos.Unhealthy, meshos.Healthy, 77}
		n := -1
		h := register(t, sdk, 1, healthFunc(func() meshos.Health { n++; return healths[min(n, len(healths)-1)] }))
		saturations := []float32{0, 0.25, 0.25, 7, -3}
		m := -1
		b := register(t, sdk, 2, saturationFunc(func() float32 { m++; return saturations[min(m, len(saturations)-1)] }))
		time.Sleep(50 * time.Millisecond)
		for i, want := range []struct {
			health     string
			saturation float32
		}{{"healthy", 0}, {"degraded", 0.25}, {"degraded", 0.25}, {"unhealthy", 1}, {"healthy", 0}, {"healthy", 0}} {
			time.Sleep(100 * time.Millisecond)
			if got := viewDaemon(t, sdk, h).Health; got != want.health {
				t.Errorf("tick %d: health %s, want %s", i, got, want.health)
			}
			if got := viewDaemon(t, sdk, b).Saturation; got != want.saturation {
				t.Errorf("tick %d: saturation %v, want %v", i, got, want.saturation)
			}
		}
		seen.expect(t, h,
			life.HealthChanged{Daemon: daemonOf(h), From: meshos.Healthy, To: meshos.Degraded},
			life.HealthChanged{Daemon: daemonOf(h), From: meshos.Degraded, To: meshos.Unhealthy},
			life.HealthChanged{Daemon: daemonOf(h), From: meshos.Unhealthy, To: meshos.Healthy})
		seen.expect(t, b, saturationChanges(b, 0, 0.25, 1, 0)...)
	})
}

// A saturation that changes slightly is shown exactly, but logged only when it has moved by
// a tenth.
func TestSmallChangesOfSaturationAreNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := quiet
		config.TickIntervalMS = 100
		sdk, seen := observe(t, config)
		saturations := []float32{0.09, 0.1, 0.19, 0.01, 0, 0.05, 0.3, 0.2, 0.3, 0.39, 0.21, 0.2}
		m := -1
		h := register(t, sdk, 1, saturationFunc(func() float32 { m++; return saturations[min(m, len(saturations)-1)] }))
		time.Sleep(50 * time.Millisecond)
		for i, want := range saturations {
			time.Sleep(100 * time.Millisecond)
			if got := viewDaemon(t, sdk, h).Saturation; got != want {
				t.Errorf("tick %d: saturation %v, want %v", i, got, want)
			}
		}
		seen.expect(t, h, saturationChanges(h, 0, 0.1, 0, 0.3, 0.2, 0.3, 0.2)...)
	})
}

// saturationChanges returns the life events of a saturation that takes these values.
func saturationChanges(h *meshos.Handle, values ...float32) (all []life.Event) {
	for i, to := range values[1:] {
		all = append(all, life.SaturationChanged{Daemon: daemonOf(h), From: values[i], To: to})
	}
	return all
}
