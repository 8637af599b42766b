package actor_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
)

// base is how many callbacks may run at a time when none of them hangs.
func base() int { return max(2, runtime.GOMAXPROCS(0)) }

// hang starts n daemons whose callbacks hang at the gate, and returns when all
// of them do.
func hang(t *testing.T, pool *actor.Pool, g *gate, n int) []*actor.Host {
	t.Helper()
	hosts := make([]*actor.Host, n)
	for i := range hosts {
		hosts[i] = controlled(t, pool, func(control.Event) { g.wait() })
		hosts[i].Notify(event(1))
	}
	for range n {
		<-g.reached
	}
	return hosts
}

// mostAtOnce has n daemons called, and returns how many callbacks ran at the
// same time at most.
func mostAtOnce(t *testing.T, pool *actor.Pool, n int) int {
	t.Helper()
	var running, most atomic.Int64
	for range n {
		h := controlled(t, pool, func(control.Event) {
			now := running.Add(1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			for range 10 {
				runtime.Gosched()
			}
			running.Add(-1)
		})
		h.Notify(event(1))
	}
	synctest.Wait()
	return int(most.Load())
}

// In a bubble no time goes by while a callback computes, so none of these is
// taken for one that hangs.
func TestBusyDaemonsShareTheWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got := mostAtOnce(t, actor.NewIdlePool(), 500); got > base() {
			t.Errorf("%d callbacks at the same time, want at most %d", got, base())
		}
	})
}

// However many callbacks hang, those of other daemons are called, and soon.
func TestHungCallbacksDelayOnlyTheirOwnDaemons(t *testing.T) {
	for _, hung := range []int{1, base(), base() + 1, 50} {
		synctest.Test(t, func(t *testing.T) {
			pool := actor.NewIdlePool()
			g := newGate()
			defer g.open()
			start := time.Now()
			hang(t, pool, g, hung)
			if took := time.Since(start); took > time.Duration(hung)*20*time.Millisecond {
				t.Errorf("%d daemons were called only after %v", hung, took)
			}
			for range 10 {
				start = time.Now()
				called := make(chan struct{})
				h := controlled(t, pool, func(control.Event) { close(called) })
				h.Notify(event(1))
				<-called
				if took := time.Since(start); took > 100*time.Millisecond {
					t.Errorf("with %d hung, a daemon was called only after %v", hung, took)
				}
			}
		})
	}
}

// All that wait behind hung callbacks are called, not only the first.
func TestManyWaitBehindHungCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewIdlePool()
		g := newGate()
		defer g.open()
		const each = 30
		var called atomic.Int64
		for range each {
			controlled(t, pool, func(control.Event) { g.wait() }).Notify(event(1))
			controlled(t, pool, func(control.Event) { called.Add(1) }).Notify(event(1))
		}
		time.Sleep(each * 20 * time.Millisecond)
		if len(g.reached) != each || called.Load() != each {
			t.Errorf("%d hang and %d of the others were called, want %d each", len(g.reached), called.Load(), each)
		}
	})
}

// A thousand that hang are made up for in a tenth of a second, not one by one.
func TestAThousandHungCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewIdlePool()
		g := newGate()
		defer g.open()
		start := time.Now()
		hang(t, pool, g, 1000)
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("1,000 daemons were called only after %v", took)
		}
	})
}

// There is an end to it: then daemons wait until a callback returns.
func TestThereAreOnlySoManyWorkers(t *testing.T) {
	const most = 4000
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewIdlePool()
		g := &gate{make(chan struct{}, 2*most), make(chan struct{})}
		for range most + 100 {
			controlled(t, pool, func(control.Event) { g.wait() }).Notify(event(1))
		}
		time.Sleep(time.Minute)
		if hung := len(g.reached); hung != most {
			t.Errorf("%d callbacks at the same time, want %d", hung, most)
		}
		g.open()
		time.Sleep(time.Minute)
		if called := len(g.reached); called != most+100 {
			t.Errorf("%d daemons were called of %d", called, most+100)
		}
	})
}

// The end is one for all pools of a process, as threads are; only a first worker
// each has beyond it.
func TestThereAreOnlySoManyWorkersInAllPools(t *testing.T) {
	const most, pools = 4000, 3
	synctest.Test(t, func(t *testing.T) {
		g := &gate{make(chan struct{}, 2*pools*most), make(chan struct{})}
		for range pools {
			pool := actor.NewIdlePool()
			for range most/2 + 100 {
				controlled(t, pool, func(control.Event) { g.wait() }).Notify(event(1))
			}
			time.Sleep(time.Minute)
		}
		if hung := len(g.reached); hung != most+1 {
			t.Errorf("%d callbacks at the same time, want %d and one", hung, most)
		}
		g.open()
		time.Sleep(time.Minute)
		if called, all := len(g.reached), pools*(most/2+100); called != all {
			t.Errorf("%d daemons were called of %d", called, all)
		}
	})
}

// When hung callbacks go on, the workers that stood in for theirs leave.
func TestStandInsLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewIdlePool()
		for range 3 {
			g := newGate()
			for _, h := range hang(t, pool, g, 20) {
				h.Finish()
				defer h.Await(-1)
			}
			if got := mostAtOnce(t, pool, 100); got > base() {
				t.Errorf("beside hung callbacks %d at the same time, want at most %d", got, base())
			}
			g.open()
			if got := mostAtOnce(t, pool, 500); got > base() {
				t.Errorf("after hung callbacks %d at the same time, want at most %d", got, base())
			}
		}
	})
}

// A callback that hangs now and again is made up for each time.
func TestACallbackHangsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewIdlePool()
		slow := make([]*actor.Host, base()+3)
		for i := range slow {
			slow[i] = controlled(t, pool, func(control.Event) { time.Sleep(time.Second) })
		}
		for range 5 {
			for _, h := range slow {
				h.Notify(event(1))
				h.Notify(event(2))
			}
			start := time.Now()
			called := make(chan struct{})
			controlled(t, pool, func(control.Event) { close(called) }).Notify(event(1))
			<-called
			if took := time.Since(start); took > 200*time.Millisecond {
				t.Errorf("a daemon was called only after %v", took)
			}
			time.Sleep(time.Minute)
		}
	})
}

// No worker stays when there is nothing to do. A goroutine of a bubble that
// never ends fails its test, so this one needs to check nothing.
func TestNoWorkerStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := actor.NewIdlePool()
		g := newGate()
		hosts := hang(t, pool, g, 10)
		mostAtOnce(t, pool, 10)
		g.open()
		for _, h := range hosts {
			h.Finish()
			h.Await(-1)
		}
	})
}
