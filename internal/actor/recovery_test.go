package actor_test

import (
	"fmt"
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

// memoryRetry is how long events wait for memory before the next attempt.
const memoryRetry = 10 * time.Millisecond

// starving is a daemon whose events find no memory. It records the events that it has
// processed.
type starving struct {
	actor.None
	starve map[uint64]int  // how often there is no memory for the event with this number
	lose   map[uint64]bool // there is no memory for the outputs of the event
	seen   []uint64
}

func (p *starving) Process(in events.Batch, w *actor.Workspace) {
	for i, m := range in.Metas {
		if p.starve[m.Sequence] > 0 {
			p.starve[m.Sequence]--
			w.Result.Starved = true
			return
		}
		p.seen = append(p.seen, m.Sequence)
		if p.lose[m.Sequence] {
			w.Result.Handled++
			w.Result.Failures = append(w.Result.Failures, actor.Failure{Index: uint32(i), Status: -1, Lost: true})
			if w.Request.StopOnFailure {
				return
			}
			continue
		}
		succeed(w, i, 1)
	}
}

// withoutFailures fails the test if any failure of the daemon has been counted.
func withoutFailures(t *testing.T, a *actor.Actor) {
	t.Helper()
	v := a.View(0)
	if v.Stats.Failed != 0 || v.Stats.Restarts != 0 || v.Stats.LastFailure != nil || v.Stats.Discarded != 0 || v.Lifecycle != "running" {
		t.Errorf("%+v", v)
	}
}

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

// Events that find no memory wait until there is some. Then they are processed in order, each
// once, and none has failed.
func TestEventsWaitForMemory(t *testing.T) {
	eachPolicy(t, func(t *testing.T, o *observed) {
		d := &starving{starve: map[uint64]int{1: 2, 3: 1}}
		a := actor.New(o.Env, 1, "daemon", d, channel())
		defer a.Release()
		begin := time.Now()
		mustPost(t, a, 4)
		synctest.Wait()
		for _, s := range []struct {
			after     time.Duration
			processed uint64
			waiting   int
		}{{0, 0, 4}, {memoryRetry - 1, 0, 4}, {memoryRetry, 0, 4}, {2*memoryRetry - 1, 0, 4}, {2 * memoryRetry, 2, 2}, {3*memoryRetry - 1, 2, 2}, {3 * memoryRetry, 4, 0}} {
			time.Sleep(time.Until(begin.Add(s.after)))
			synctest.Wait()
			if v := a.View(0); v.Stats.EventsIn != s.processed || v.Waiting != s.waiting || int(o.Gauge.Waiting()) != s.waiting {
				t.Errorf("after %v: %d processed, %d waiting, %d by the gauge; want %d and %d", s.after, v.Stats.EventsIn, v.Waiting, o.Gauge.Waiting(), s.processed, s.waiting)
			}
			withoutFailures(t, a)
		}
		if got := fmt.Sprint(d.seen); got != "[1 2 3 4]" {
			t.Errorf("processed %s", got)
		}
		if s := statsOf(a); s.Outputs != 4 {
			t.Errorf("%d outputs", s.Outputs)
		}
		o.expect(t, "no life events")
	})
}

// Flush and Deliver wait for events that wait for memory.
func TestCallersWaitForEventsThatWaitForMemory(t *testing.T) {
	eachPolicy(t, func(t *testing.T, o *observed) {
		d := &starving{starve: map[uint64]int{1: 3}}
		a := actor.New(o.Env, 1, "daemon", d, channel())
		defer a.Release()
		begin := time.Now()
		mustPost(t, a, 2)
		synctest.Wait()
		if err := a.Flush(2*memoryRetry, nil); err == nil || err.Kind != fault.Timeout {
			t.Errorf("Flush: %v, want timeout", err)
		}
		if err := a.Deliver(events.Event{Sequence: 9}, nil, actor.Start{}, nil); err != nil {
			t.Errorf("Deliver: %v", err)
		}
		if err := a.Flush(0, nil); err != nil {
			t.Errorf("Flush: %v", err)
		}
		if took, got := time.Since(begin), fmt.Sprint(d.seen); took != 3*memoryRetry || got != "[1 2 9]" {
			t.Errorf("processed %s in %v", got, took)
		}
		withoutFailures(t, a)
	})
}

// Deliver doesn't wait for memory: it returns an error, and its event isn't counted.
func TestDeliverDoesNotWaitForMemory(t *testing.T) {
	eachPolicy(t, func(t *testing.T, o *observed) {
		d := &starving{starve: map[uint64]int{5: 1}}
		a := actor.New(o.Env, 1, "daemon", d, channel())
		defer a.Release()
		deliver := func() *fault.Error {
			return a.Deliver(events.Event{Sequence: 5}, nil, actor.Start{}, nil)
		}
		begin := time.Now()
		if err := deliver(); err == nil || err.Kind != fault.OutOfMemory {
			t.Errorf("Deliver: %v, want out_of_memory", err)
		}
		if s := statsOf(a); s.EventsIn != 0 || len(d.seen) != 0 {
			t.Errorf("%+v", s)
		}
		withoutFailures(t, a)
		if err := deliver(); err != nil {
			t.Errorf("Deliver again: %v", err)
		}
		if s, took := statsOf(a), time.Since(begin); s.EventsIn != 1 || took != 0 {
			t.Errorf("%+v after %v", s, took)
		}
		o.expect(t, "no life events")
	})
}

// A daemon that ends while its events wait for memory discards them.
func TestAnEndDiscardsEventsThatWaitForMemory(t *testing.T) {
	eachPolicy(t, func(t *testing.T, o *observed) {
		d := &starving{starve: map[uint64]int{2: 1}}
		a := actor.New(o.Env, 1, "daemon", d, channel())
		mustPost(t, a, 4)
		synctest.Wait()
		a.Release()
		if !isDone(a) {
			t.Error("the actor has not ended")
		}
		time.Sleep(time.Second)
		id := life.Daemon{ID: 1}
		o.expect(t, "in total", life.Discarded{Daemon: id, Events: 3}, life.Ended{Daemon: id})
		if s := statsOf(a); s.EventsIn != 1 || s.Discarded != 3 || len(d.seen) != 1 || o.Gauge.Waiting() != 0 {
			t.Errorf("%+v, processed %v, %d waiting", s, d.seen, o.Gauge.Waiting())
		}
	})
}

// An event that was processed has not failed if there is no memory for its outputs: a
// restart would process it twice.
func TestLostOutputsAreNoFailure(t *testing.T) {
	eachPolicy(t, func(t *testing.T, o *observed) {
		d := &starving{lose: map[uint64]bool{2: true, 7: true}}
		a := actor.New(o.Env, 1, "daemon", d, channel())
		defer a.Release()
		begin := time.Now()
		mustPost(t, a, 3)
		if err := a.Flush(-1, nil); err != nil {
			t.Fatal(err)
		}
		err := a.Deliver(events.Event{Sequence: 7}, nil, actor.Start{}, nil)
		if err == nil || err.Kind != fault.OutOfMemory {
			t.Errorf("Deliver: %v, want out_of_memory", err)
		}
		if took, got := time.Since(begin), fmt.Sprint(d.seen); took != 0 || got != "[1 2 3 7]" {
			t.Errorf("processed %s in %v", got, took)
		}
		if s := statsOf(a); s.EventsIn != 4 || s.Outputs != 2 {
			t.Errorf("%+v", s)
		}
		withoutFailures(t, a)
		o.expect(t, "no life events")
	})
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
