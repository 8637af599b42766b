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
