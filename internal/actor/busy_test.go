package actor

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/logs"
)

// slow is a daemon whose callbacks take long, and of which it is known how many
// run.
type slow struct {
	None
	running, most *atomic.Int64
	takes         func() time.Duration
}

func (s slow) Features() Features { return HasControl }

func (s slow) Control(control.Event) {
	now := s.running.Add(1)
	for seen := s.most.Load(); now > seen && !s.most.CompareAndSwap(seen, now); seen = s.most.Load() {
	}
	time.Sleep(s.takes())
	s.running.Add(-1)
}

// Callbacks that compute and don't hang: while the processors have all that they
// can do, more threads would make nothing faster.
func TestBusyProcessorsGetFewMoreWorkers(t *testing.T) {
	for _, c := range []struct {
		processing time.Duration // by each callback
		alone      bool          // no other process wants the processors
		most       int64         // of them at the same time, over what is the least
	}{
		{15 * time.Millisecond, true, 2},
		{15 * time.Millisecond, false, 2},
		{200 * time.Millisecond, true, 60},
	} {
		synctest.Test(t, func(t *testing.T) {
			pool := NewPool()
			start := time.Now()
			pool.usage = func() usage {
				had := time.Since(start)
				if c.alone {
					return usage{time: had * time.Duration(Processors())}
				}
				return usage{time: had / 3, preempted: int64(had / time.Millisecond)}
			}
			var running, most atomic.Int64
			// So many share the processors.
			takes := func() time.Duration {
				return c.processing * time.Duration(max(1, int(running.Load())/Processors()))
			}
			env := &Env{Pool: pool, Load: NewLoad(func() {}), InboxCapacity: 8, Note: func(logs.Level, uint64, string, ...any) {}}
			hosts := make([]*Host, 500)
			for i := range hosts {
				hosts[i] = New(env, uint64(i), "slow", slow{running: &running, most: &most, takes: takes}, nil)
				hosts[i].Notify(control.Event{Kind: control.DrainStart})
			}
			for _, h := range hosts {
				h.Finish()
				h.Await(-1)
			}
			if got := most.Load(); got > int64(pool.base)+c.most {
				t.Errorf("%d callbacks of %v at the same time", got, c.processing)
			}
		})
	}
}
