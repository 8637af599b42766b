package sched

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/atomic"
)

// task is a function that a pool runs.
type task func()

func (f task) Run() { f() }

// gate is where tasks hang until it is opened.
type gate struct {
	reached chan struct{} // holds a value for each task that has reached the gate
	opened  chan struct{}
}

func newGate(tasks int) *gate { return &gate{make(chan struct{}, tasks), make(chan struct{})} }

func (g *gate) wait() {
	g.reached <- struct{}{}
	<-g.opened
}

func (g *gate) open() { close(g.opened) }

// base returns how many tasks may run at a time when none of them hangs.
func base() int { return max(2, runtime.GOMAXPROCS(0)) }

// hang submits n tasks that hang at the gate, and returns when all of them do.
func hang(pool *Pool, g *gate, n int) {
	for range n {
		pool.Submit(task(g.wait))
	}
	for range n {
		<-g.reached
	}
}

// mostAtOnce submits n tasks and returns the greatest number that ran at the same time.
func mostAtOnce(pool *Pool, n int) int {
	var running, most atomic.Int64
	for range n {
		pool.Submit(task(func() {
			now := running.Inc()
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			for range 10 {
				runtime.Gosched()
			}
			running.Dec()
		}))
	}
	synctest.Wait()
	return int(most.Load())
}

func TestTasksRunOnceEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewIdlePool()
		runs := make([]atomic.Int64, 1000)
		for i := range runs {
			pool.Submit(task(func() { runs[i].Inc() }))
		}
		synctest.Wait()
		for i := range runs {
			if n := runs[i].Load(); n != 1 {
				t.Errorf("task %d ran %d times", i, n)
			}
		}
	})
}

// In a synctest bubble no time passes while a task computes, so none of these counts as
// hung.
func TestBusyTasksShareTheWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got := mostAtOnce(NewIdlePool(), 500); got > base() {
			t.Errorf("%d tasks at the same time, want at most %d", got, base())
		}
	})
}

// However many tasks hang, others soon run.
func TestHungTasksDelayNoOthers(t *testing.T) {
	for _, hung := range []int{1, base(), base() + 1, 50} {
		synctest.Test(t, func(t *testing.T) {
			pool := NewIdlePool()
			g := newGate(hung)
			defer g.open()
			start := time.Now()
			hang(pool, g, hung)
			if took := time.Since(start); took > time.Duration(hung)*20*time.Millisecond {
				t.Errorf("%d tasks ran only after %v", hung, took)
			}
			for range 10 {
				start = time.Now()
				ran := make(chan struct{})
				pool.Submit(task(func() { close(ran) }))
				<-ran
				if took := time.Since(start); took > 100*time.Millisecond {
					t.Errorf("with %d hung, a task ran only after %v", hung, took)
				}
			}
		})
	}
}

// All tasks behind hung ones run, not only the first.
func TestManyTasksWaitBehindHungOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const each = 30
		pool := NewIdlePool()
		g := newGate(each)
		defer g.open()
		var ran atomic.Int64
		for range each {
			pool.Submit(task(g.wait))
			pool.Submit(task(func() { ran.Inc() }))
		}
		time.Sleep(each * 20 * time.Millisecond)
		if len(g.reached) != each || ran.Load() != each {
			t.Errorf("%d hang and %d of the others ran, want %d each", len(g.reached), ran.Load(), each)
		}
	})
}

// A thousand hung tasks are compensated within a fifth of a second, not one by one.
func TestAThousandHungTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewIdlePool()
		g := newGate(1000)
		defer g.open()
		start := time.Now()
		hang(pool, g, 1000)
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("1,000 tasks ran only after %v", took)
		}
	})
}

// At the bound tasks wait until another one returns.
func TestWorkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewIdlePool()
		g := newGate(maxWorkers + 100)
		for range maxWorkers + 100 {
			pool.Submit(task(g.wait))
		}
		time.Sleep(time.Minute)
		if hung := len(g.reached); hung != maxWorkers {
			t.Errorf("%d tasks at the same time, want %d", hung, maxWorkers)
		}
		g.open()
		time.Sleep(time.Minute)
		if ran := len(g.reached); ran != maxWorkers+100 {
			t.Errorf("%d tasks ran of %d", ran, maxWorkers+100)
		}
	})
}

// All pools of the process share the bound; only the first worker of each pool may exceed
// it.
func TestWorkersOfAllPoolsAreBounded(t *testing.T) {
	const pools, each = 3, maxWorkers/2 + 100
	synctest.Test(t, func(t *testing.T) {
		g := newGate(pools * each)
		for range pools {
			pool := NewIdlePool()
			for range each {
				pool.Submit(task(g.wait))
			}
			time.Sleep(time.Minute)
		}
		if hung := len(g.reached); hung != maxWorkers+1 {
			t.Errorf("%d tasks at the same time, want %d and one", hung, maxWorkers)
		}
		g.open()
		time.Sleep(time.Minute)
		if ran := len(g.reached); ran != pools*each {
			t.Errorf("%d tasks ran of %d", ran, pools*each)
		}
	})
}

// When hung tasks return, the extra workers end.
func TestSubstitutesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewIdlePool()
		for range 3 {
			g := newGate(20)
			hang(pool, g, 20)
			if got := mostAtOnce(pool, 100); got > base() {
				t.Errorf("beside hung tasks %d at the same time, want at most %d", got, base())
			}
			g.open()
			if got := mostAtOnce(pool, 500); got > base() {
				t.Errorf("after hung tasks %d at the same time, want at most %d", got, base())
			}
		}
	})
}

// Tasks that hang again are compensated each time.
func TestTasksHangAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewIdlePool()
		for range 5 {
			for range 2 * (base() + 3) {
				pool.Submit(task(func() { time.Sleep(time.Second) }))
			}
			start := time.Now()
			ran := make(chan struct{})
			pool.Submit(task(func() { close(ran) }))
			<-ran
			if took := time.Since(start); took > 200*time.Millisecond {
				t.Errorf("a task ran only after %v", took)
			}
			time.Sleep(time.Minute)
		}
	})
}

// No worker remains when there is nothing to do: a goroutine that outlives its bubble
// fails the test. The pool is empty then, too.
func TestIdleWorkersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewIdlePool()
		g := newGate(10)
		hang(pool, g, 10)
		mostAtOnce(pool, 10)
		g.open()
		synctest.Wait()
		if n := len(pool.workers); n != 0 || workers.Load() != 0 {
			t.Errorf("%d workers in the pool, %d counted in all", n, workers.Load())
		}
	})
}

// While tasks that compute keep the processors full, few workers are added: more threads
// would make nothing faster.
func TestBusyProcessorsGetFewMoreWorkers(t *testing.T) {
	for _, c := range []struct {
		processing time.Duration // by each task
		alone      bool          // no other process uses the processors
		most       int64         // tasks at the same time, beyond base
	}{
		{15 * time.Millisecond, true, 2},
		{15 * time.Millisecond, false, 2},
		{200 * time.Millisecond, true, 60},
	} {
		synctest.Test(t, func(t *testing.T) {
			pool := NewPool()
			start := time.Now()
			pool.usage = func() usage {
				used := time.Since(start)
				if c.alone {
					return usage{time: used * time.Duration(Processors())}
				}
				return usage{time: used / 3, preempted: int64(used / time.Millisecond)}
			}
			var running, most atomic.Int64
			for range 500 {
				pool.Submit(task(func() {
					now := running.Inc()
					for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
					}
					time.Sleep(c.processing * time.Duration(max(1, int(now)/Processors()))) // they share the processors
					running.Dec()
				}))
			}
			time.Sleep(time.Hour)
			if got := most.Load(); got > int64(pool.base)+c.most {
				t.Errorf("%d tasks of %v at the same time", got, c.processing)
			}
			if n := running.Load(); n != 0 {
				t.Errorf("%d tasks still run", n)
			}
		})
	}
}

func TestACallerIsAWorkerMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, g := NewIdlePool(), newGate(base())
		for range base() {
			go func() { // ends when the gate is opened
				if !pool.Run(task(g.wait)) {
					t.Error("there is a worker less")
				}
			}()
		}
		for range base() {
			<-g.reached
		}
		refused := task(func() { t.Error("it runs although all workers do") })
		if pool.Run(refused) {
			t.Error("there is a worker more")
		}
		ran := false
		pool.Submit(task(func() { ran = true }))
		if pool.Run(refused) {
			t.Error("it goes before one that waits")
		}
		g.open()
		synctest.Wait()
		if !ran {
			t.Error("nobody takes what waits when the callers have returned")
		}
		if len(pool.workers) != 0 || workers.Load() != 0 {
			t.Errorf("%d workers are left", len(pool.workers))
		}
	})
}
