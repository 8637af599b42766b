package meshos_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/life"
	meshos "netmeshos/runtime"
)

// restarts is a configuration that restarts daemons, with the default times.
var restarts = meshos.Config{TickIntervalMS: quiet.TickIntervalMS, OnProcessFailure: meshos.Restart}

// A failing daemon is restarted at once, and after waits that double when it fails again.
func TestAFailingDaemonIsRestartedAfterDoublingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, restarts)
		w := newRecorder(t)
		h := register(t, sdk, 1, w)
		lifecycle(t, sdk, h, "running")
		for i, wait := range []time.Duration{0, 500, 1_000, 2_000} {
			within(t, "a failure", 0, func() {
				wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
			})
			shown := "backing_off"
			if wait == 0 {
				shown = "running"
			}
			lifecycle(t, sdk, h, shown)
			post(t, sdk, h, word(1, "p")) // accepted, and processed later
			within(t, fmt.Sprint("wait ", i), wait*time.Millisecond, func() { deliver(t, sdk, h, word(1, "d")) })
			lifecycle(t, sdk, h, "running")
		}
		w.has(strings.Fields("p d p d p d p d")...)
		if n := viewDaemon(t, sdk, h).Restarts; n != 4 {
			t.Errorf("%d restarts", n)
		}
	})
}

func TestFiveFailuresHoldTheDaemonForFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, restarts)
		w := newRecorder(t)
		h := register(t, sdk, 1, w)
		other := register(t, sdk, 2, newRecorder(t))
		for range 4 {
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
		}
		// the fifth failure finds a Deliver and a posted event waiting
		post(t, sdk, h, words(1, "fail a")...)
		var waiting sync.WaitGroup
		waiting.Go(func() {
			within(t, "a Deliver that waits", 2*time.Second, func() {
				wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "b"), nil), meshos.KindBackingOff)
			})
		})
		waiting.Wait()
		held := time.Now()
		lifecycle(t, sdk, h, "crash_looping")
		deliver(t, sdk, other, word(1, "x"))
		refused := func() {
			t.Helper()
			err := sdk.Deliver(h.ID(), word(1, "c"), nil)
			wantKind(t, "Deliver to a crash loop", err, meshos.KindBackingOff)
			if left := 5*time.Minute - time.Since(held); !strings.Contains(err.Error(), left.String()) {
				t.Errorf("%v: doesn't say that %v are left", err, left)
			}
			_, err = sdk.Post(h.ID(), words(1, "c"))
			wantKind(t, "Post to a crash loop", err, meshos.KindBackingOff)
		}
		refused()
		time.Sleep(5*time.Minute - 1*time.Millisecond)
		refused()
		w.has()
		time.Sleep(time.Millisecond)
		synctest.Wait()
		lifecycle(t, sdk, h, "running")
		w.has("a") // the waiting event is not lost
		deliver(t, sdk, h, word(1, "d"))
		w.has("a", "d")
	})
}

func TestRestartReleasesACrashLoopAtOnce(t *testing.T) {
	for _, failures := range []int{2, 5} {
		synctest.Test(t, func(t *testing.T) {
			sdk := start(t, restarts)
			w := newRecorder(t)
			h := register(t, sdk, 1, w)
			for range failures - 1 {
				wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
			}
			post(t, sdk, h, words(1, "fail a")...)
			if failures > 2 {
				time.Sleep(2 * time.Second) // the wait after the fourth
			}
			synctest.Wait()
			w.has()
			within(t, "RestartDaemon", 0, func() {
				wantKind(t, "RestartDaemon", sdk.RestartDaemon(h.ID()), "")
				deliver(t, sdk, h, word(1, "b"))
			})
			w.has("a", "b")
			lifecycle(t, sdk, h, "running")
			// and the failures are forgotten
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
			within(t, "the first wait again", 0, func() { deliver(t, sdk, h, word(1, "c")) })
			time.Sleep(10 * time.Minute) // a stale timer has no effect
			lifecycle(t, sdk, h, "running")
		})
	}
}

func TestAMinuteWithoutAFailureForgetsEarlierOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, restarts)
		h := register(t, sdk, 1, newRecorder(t))
		for _, c := range []struct{ good, wait time.Duration }{
			{0, 0}, {0, 500 * time.Millisecond}, {time.Minute - 1, time.Second}, {time.Minute, 0}, {0, 500 * time.Millisecond},
		} {
			time.Sleep(c.good)
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
			within(t, "the wait", c.wait, func() { flushed(t, sdk, h) })
		}
	})
}

// flushed waits until the daemon runs again.
func flushed(t *testing.T, sdk *meshos.SDK, h *meshos.Handle) {
	t.Helper()
	deliver(t, sdk, h, word(1, "x"))
}

// A restart restores the last snapshot unchanged, and nothing if there is none.
func TestARestartRestoresTheLastSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk, seen := observe(t, restarts)
		w := newRecorder(t)
		h := register(t, sdk, 1, w)
		fail := func() {
			t.Helper()
			post(t, sdk, h, words(1, "fail z")...)
			flush(t, sdk, h)
		}
		deliver(t, sdk, h, word(1, "a"))
		fail()
		w.has("a", "z") // nothing to restore
		state, err := sdk.Snapshot(h.ID())
		wantKind(t, "Snapshot", err, "")
		clear(state) // the caller's own
		deliver(t, sdk, h, word(1, "b"))
		fail()
		w.has("a", "z", "z")
		wantKind(t, "Restore", sdk.Restore(h.ID(), []byte("q")), "") // doesn't count as a snapshot
		w.has("q")
		fail()
		w.has("a", "z", "z")
		restarted := life.StateRestored{Daemon: daemonOf(h), Bytes: 3}
		if got := happened[life.StateRestored](seen); !slices.Equal(got, []life.StateRestored{restarted, restarted}) {
			t.Errorf("restarted: %+v, want two times %+v", got, restarted)
		}
		seen.logShows(t, h, seen.of(h))
	})
}

// A restore that fails at a restart counts as a failure.
func TestARestartWhoseRestoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, restarts)
		w := newRecorder(t)
		h := register(t, sdk, 1, w)
		wantKind(t, "Restore", sdk.Restore(h.ID(), []byte("fail")), meshos.KindRestoreFailed)
		deliver(t, sdk, h, word(1, "x"))
		w.mu.Lock()
		w.seen = []string{"fail"} // a state that the daemon refuses to restore
		w.mu.Unlock()
		_, err := sdk.Snapshot(h.ID())
		wantKind(t, "Snapshot", err, "")
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
		var waiting sync.WaitGroup
		waiting.Go(func() {
			within(t, "four restores that fail", (500+1_000+2_000)*time.Millisecond, func() {
				wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "a"), nil), meshos.KindBackingOff)
			})
		})
		waiting.Wait()
		lifecycle(t, sdk, h, "crash_looping")
		if view := viewDaemon(t, sdk, h); view.Failures != 1 || view.Restarts != 5 {
			t.Errorf("%d failures, %d restarts", view.Failures, view.Restarts)
		}
	})
}

// All times and limits of the backoff are configurable.
func TestTheNumbersOfRestartsAreConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := restarts
		config.BackoffFirstMS, config.BackoffInitialMS, config.BackoffMaxMS = 10, 20, 30
		config.CrashLoopThreshold, config.CrashLoopWindowMS, config.CrashLoopCooldownMS = 4, 100, 70
		config.StableRunMS = 50
		sdk := start(t, config)
		h := register(t, sdk, 1, newRecorder(t))
		for i, c := range []struct{ good, wait time.Duration }{
			{0, 10}, {0, 20}, {0, 30}, {49, 30}, // the first is out of the window: 10+20+30+49 > 100
			{49, 30}, {50, 10}, {0, 20}, {0, 30}, {0, 70},
		} {
			time.Sleep(c.good * time.Millisecond)
			wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
			begin := time.Now()
			for viewDaemon(t, sdk, h).Lifecycle != "running" {
				time.Sleep(time.Millisecond)
				synctest.Wait()
			}
			if got := time.Since(begin); got != c.wait*time.Millisecond {
				t.Errorf("failure %d: held for %v, want %v ms", i, got, int64(c.wait))
			}
		}
	})
}

// A daemon that is held gets no events, but all other callbacks still run.
func TestACrashLoopingDaemonStillRunsOtherCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := restarts
		config.CrashLoopThreshold = 1
		config.TickIntervalMS = 100
		sdk := start(t, config)
		w := newRecorder(t)
		var received atomic.Int64
		w.onControl = func(meshos.Event) { received.Add(1) }
		h := register(t, sdk, 1, w)
		deliver(t, sdk, h, word(1, "a"))
		wantKind(t, "Deliver", sdk.Deliver(h.ID(), word(1, "fail"), nil), meshos.KindProcessFailed)
		state, err := sdk.Snapshot(h.ID())
		wantKind(t, "Snapshot", err, "")
		if string(state) != "a" {
			t.Errorf("the state is %q", state)
		}
		w.health.Store(int32(meshos.Degraded))
		time.Sleep(150 * time.Millisecond)
		if health, _ := h.Vitals(); health != meshos.Degraded {
			t.Errorf("health %v", health)
		}
		wantKind(t, "GracefulShutdown", h.GracefulShutdown(1), "")
		if received.Load() != 1 {
			t.Errorf("received %d events", received.Load())
		}
	})
}

// With restarts, a failure ends the batch. The events behind it are processed after the
// wait, in order.
func TestEventsAfterAFailureWaitForTheRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sdk := start(t, restarts)
		w := newRecorder(t)
		h := register(t, sdk, 1, w)
		begin := time.Now()
		var at []time.Duration
		w.before = func(meshos.InboundEvent) { at = append(at, time.Since(begin)) }
		post(t, sdk, h, words(1, "a fail b fail c d fail e")...)
		flush(t, sdk, h)
		w.has("a", "b", "c", "d", "e")
		want := []time.Duration{0, 0, 0, 0, 500 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond}
		if fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("processed at %v, want %v", at, want)
		}
	})
}
