package actor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	events "netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/restart"
	"netmeshos/internal/sched"
)

// eachPolicy runs a test for both policies: skip a failed event, and restart the daemon.
func eachPolicy(t *testing.T, test func(t *testing.T, o *observed)) {
	for name, restarts := range map[string]bool{"skip": false, "restart": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := observe(sched.NewPool())
				o.Restart = restarts
				o.Backoff = restart.Config{First: time.Minute, Initial: 2 * time.Minute, Max: 4 * time.Minute, Threshold: 3, Window: time.Hour, Cooldown: 5 * time.Hour, Stable: time.Hour}
				test(t, o)
			})
		})
	}
}

// failing is a daemon that fails at each event.
type failing struct {
	actor.None
	restores []int32 // what Restore returns
}

func (*failing) Features() actor.Features         { return actor.HasSnapshot | actor.HasRestore }
func (*failing) Snapshot() ([]byte, *fault.Error) { return []byte("state"), nil }

func (f *failing) Restore([]byte) int32 {
	status := f.restores[0]
	f.restores = f.restores[1:]
	return status
}

func (f *failing) Process(in events.Batch, w *actor.Workspace) {
	w.Result.Handled = 1
	w.Result.Failures = append(w.Result.Failures, actor.Failure{Status: -5})
}

// The life events after failures. A restore that fails is the next failure, and the third
// failure is a crash loop.
func TestLifeEventsOfFailures(t *testing.T) {
	eachPolicy(t, func(t *testing.T, o *observed) {
		d := &failing{restores: []int32{0, 3, 0}}
		a := actor.New(o.Env, 1, "daemon", d, channel())
		defer a.Release()
		if _, err := a.Snapshot(nil); err != nil {
			t.Fatal(err)
		}
		id := life.Daemon{ID: 1}
		failed := func(sequence uint64, wait time.Duration) life.Failed {
			return life.Failed{Daemon: id, Time: time.Now(), Origin: 0, Sequence: sequence, Status: -5, Restarts: o.Restart, Wait: wait}
		}
		mustPost(t, a, 3)
		synctest.Wait()
		if !o.Restart {
			o.expect(t, "all are skipped", failed(1, 0), failed(2, 0), failed(3, 0))
			if s := statsOf(a); s.Failed != 3 || s.EventsIn != 3 || s.Restarts != 0 || *s.LastFailure != failed(3, 0) {
				t.Errorf("%+v", s)
			}
			return
		}
		o.expect(t, "the first", failed(1, time.Minute), life.BackedOff{Daemon: id, For: time.Minute})
		time.Sleep(time.Minute)
		synctest.Wait()
		o.expect(t, "the second, after a restart", life.StateRestored{Daemon: id, Bytes: 5}, failed(2, 2*time.Minute), life.BackedOff{Daemon: id, For: 2 * time.Minute})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		o.expect(t, "a restart that fails", life.RestoreFailed{Daemon: id, Status: 3}, life.BackedOff{Daemon: id, For: 5 * time.Hour, Looping: true})
		if v := a.View(0); v.Stats.Failed != 2 || v.Stats.Restarts != 3 || v.Lifecycle != "crash_looping" || v.Waiting != 1 {
			t.Errorf("%+v", v)
		}
		if _, err := a.Post(numbered(1)); err == nil || err.Kind != fault.BackingOff {
			t.Errorf("Post: %v, want backing_off", err)
		}
		if err := a.Restart(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		o.expect(t, "restarted by the host", life.RestartedByHost{Daemon: id}, life.StateRestored{Daemon: id, Bytes: 5}, failed(3, time.Minute), life.BackedOff{Daemon: id, For: time.Minute})
	})
}

// Callers who wait for a daemon are refused when it begins to crash-loop.
func TestACrashLoopRefusesWaitingCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := observe(sched.NewPool())
		o.Restart = true
		o.Backoff = restart.Config{First: time.Minute, Max: time.Minute, Threshold: 2, Window: time.Hour, Cooldown: time.Hour, Stable: time.Hour}
		a := actor.New(o.Env, 1, "daemon", &failing{restores: []int32{0}}, channel())
		defer a.Release()
		mustPost(t, a, 2)
		begin := time.Now()
		synctest.Wait()
		err := a.Deliver(events.Event{Sequence: 9}, nil, actor.Start{}, nil)
		if err == nil || err.Kind != fault.BackingOff || time.Since(begin) != time.Minute {
			t.Errorf("Deliver: %v after %v, want backing_off after a minute", err, time.Since(begin))
		}
	})
}

// After a first failure the daemon goes on at once: it is restored before anything else, and
// the events behind the failed one come in order. It never counts as held.
func TestAFirstFailureRestartsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := observe(sched.NewPool())
		o.Restart = true
		o.Backoff = restart.Config{Initial: time.Minute, Max: time.Hour, Threshold: 9, Window: time.Hour, Cooldown: time.Hour, Stable: time.Hour}
		a := actor.New(o.Env, 1, "daemon", &failing{restores: []int32{0, 3, 0}}, channel())
		defer a.Release()
		if _, err := a.Snapshot(nil); err != nil {
			t.Fatal(err)
		}
		id, begin := life.Daemon{ID: 1}, time.Now()
		failed := func(sequence uint64) life.Failed {
			return life.Failed{Daemon: id, Time: time.Now(), Sequence: sequence, Status: -5, Restarts: true}
		}
		if err := a.Deliver(events.Event{Sequence: 7}, nil, actor.Start{}, nil); err == nil || err.Kind != fault.ProcessFailed {
			t.Errorf("Deliver: %v, want process_failed", err)
		}
		synctest.Wait()
		if v := a.View(0); v.Lifecycle != "running" || v.Stats.Restarts != 1 || time.Since(begin) != 0 {
			t.Errorf("%+v after %v", v, time.Since(begin))
		}
		o.expect(t, "the first, without an event behind it", failed(7), life.BackedOff{Daemon: id}, life.StateRestored{Daemon: id, Bytes: 5})
		time.Sleep(time.Hour)
		mustPost(t, a, 1)
		synctest.Wait()
		o.expect(t, "an hour later", failed(1), life.BackedOff{Daemon: id},
			life.RestoreFailed{Daemon: id, Status: 3}, life.BackedOff{Daemon: id, For: time.Minute}) // the second failure
		if v := a.View(0); v.Lifecycle != "backing_off" || v.Stats.Restarts != 3 {
			t.Errorf("%+v", v)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		o.expect(t, "a minute later", life.StateRestored{Daemon: id, Bytes: 5})
	})
}
