// Package sched runs tasks on a few workers, and adds workers for those that hang.
package sched

import (
	"sync"
	"time"
)

const (
	// sampleInterval is the time between two samples while tasks wait. It is long
	// compared with a callback, and short compared with what people notice.
	sampleInterval = 10 * time.Millisecond
	// stalledSamples is how many samples in a row without a finished task mean that
	// all workers hang, if other processes may be using the processors.
	stalledSamples = 5
	// maxSamplesPerWorker is how many samples without a finished task add a worker at
	// most, while this process keeps the processors full. It takes fewer samples while few
	// workers hang.
	maxSamplesPerWorker = 50
	// hangTime is how long a task may run before it counts as hung even though others
	// finish.
	hangTime = time.Second
)

// Task is something that a pool runs. It must not be in a pool more than once at a time.
type Task interface {
	Run()
}

// Pool runs tasks in the order in which they are submitted.
//
// Workers exist only while there is work. At most base of them run, so that a thousand
// busy daemons don't become a thousand threads. A worker whose task hangs doesn't count. A
// task that hangs can't be told from one that computes; so while tasks wait, a goroutine
// takes samples of whether tasks finish and whether the processors are busy. If they are,
// more workers would not make anything faster.
type Pool struct {
	base  int
	usage func() usage

	mu       sync.Mutex // guards what follows
	queue    []Task
	workers  map[*worker]struct{}
	starting int // workers that have not come for their first task
	hung     int // workers marked as hung
	burst    int // how many workers more than base may run; doubled while all hang
	finished int // tasks finished since the last sample
	stalled  int // samples in a row without a finished task
	watching bool
	sampled  time.Time // when the last sample was taken
	used     usage     // what the process had used of the processors at that time
}

type worker struct {
	starting bool
	since    time.Time // when its task began
	hung     bool
}

// NewPool returns a pool without workers.
func NewPool() *Pool {
	return &Pool{base: max(2, Processors()), usage: usageNow, workers: make(map[*worker]struct{})}
}

// NewIdlePool returns a pool that assumes the processors to be idle. It is for tests with
// a fake clock, where the real use of the processors means nothing.
func NewIdlePool() *Pool {
	p := NewPool()
	p.usage = func() usage { return usage{} }
	return p
}

// Submit queues a task for a worker.
func (p *Pool) Submit(t Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, t)
	if !p.spawn() {
		p.watch()
	}
}

// Run runs a task on the caller's goroutine, which is a worker meanwhile. False: no worker may start now, or tasks wait;
// nothing was run.
func (p *Pool) Run(t Task) bool {
	w := p.lend()
	if w == nil {
		return false
	}
	defer p.returned(w) // deferred, as a task may end its goroutine
	defer p.finish(w)
	t.Run()
	return true
}

// lend makes the caller a worker, or returns nil.
func (p *Pool) lend() *worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) > 0 || p.full() || !workerStarts(len(p.workers) == 0) {
		return nil
	}
	w := &worker{since: time.Now()}
	p.workers[w] = struct{}{}
	return w
}

// returned ends a worker that was lent. Another one takes what it would have taken next.
func (p *Pool) returned(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.workers, w)
	workerEnds()
	p.spawn()
}

// HasWaiting reports whether tasks are waiting for a worker.
func (p *Pool) HasWaiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue) > 0
}

// spawn starts a worker if one more is allowed, and if not enough are starting already:
// where other processes use the processors, that takes long. It needs mu held. The worker
// ends when no task waits or there are too many workers.
func (p *Pool) spawn() bool {
	if p.full() || p.starting >= len(p.queue) || !workerStarts(len(p.workers) == 0) {
		return false
	}
	w := &worker{starting: true}
	p.workers[w] = struct{}{}
	p.starting++
	go p.work(w)
	return true
}

// full reports whether as many workers run as are allowed. It needs mu held.
func (p *Pool) full() bool { return p.running() >= p.base+p.burst }

// running returns how many workers don't hang. It needs mu held.
func (p *Pool) running() int { return len(p.workers) - p.hung }

func (p *Pool) work(w *worker) {
	running := false
	defer func() {
		if running { // the task has ended the goroutine by runtime.Goexit: the worker gets another
			p.finish(w)
			go p.work(w)
		}
	}()
	for {
		t := p.next(w)
		if t == nil {
			return
		}
		running = true
		t.Run()
		running = false
		p.finish(w)
	}
}

// finish notes that the worker's task is over.
func (p *Pool) finish(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finished++
	if w.hung {
		w.hung = false
		p.hung--
	}
}

// next returns the worker's next task, or nil if the worker must end.
func (p *Pool) next(w *worker) Task {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.starting {
		w.starting = false
		p.starting--
	}
	if len(p.queue) == 0 || p.running() > p.base+p.burst {
		delete(p.workers, w)
		workerEnds()
		return nil
	}
	w.since = time.Now()
	t := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	if len(p.queue) == 0 {
		p.queue = nil
		p.burst = 0
	}
	return t
}

// watch starts taking samples, unless that is under way. It needs mu held. Sampling ends
// when no task waits.
func (p *Pool) watch() {
	if p.watching {
		return
	}
	p.watching = true
	p.finished, p.stalled = 0, 0
	p.sampled, p.used = time.Now(), p.usage()
	time.AfterFunc(sampleInterval, p.sample)
}

func (p *Pool) sample() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		p.watching = false
		return
	}
	p.adapt(time.Now())
	time.AfterFunc(sampleInterval, p.sample)
}

// adapt is sample while tasks wait. It needs mu held.
func (p *Pool) adapt(now time.Time) {
	used := p.usage()
	processors := used.since(p.used, now.Sub(p.sampled))
	p.sampled, p.used = now, used
	if p.finished > 0 {
		p.stalled = 0
	} else {
		p.stalled++
	}
	p.finished = 0
	p.compensate(now, processors)
	for range p.queue {
		if !p.spawn() {
			break
		}
	}
}

// compensate decides which workers hang and how many more may run. It needs mu held.
func (p *Pool) compensate(now time.Time, processors contention) {
	switch {
	case processors == idle && p.stalled > 0: // all hang
		p.markHung(now, sampleInterval, len(p.workers))
		p.burst = max(p.base, 2*p.burst)
	case processors == idle: // some may hang
		p.markHung(now, hangTime, len(p.workers))
	case processors == contended && p.stalled >= stalledSamples: // all hang, though they may wake now and then
		p.stalled = 0
		p.markHung(now, sampleInterval, len(p.workers))
		p.burst = p.hung / 4
	case processors == full && p.stalled > min(p.hung, maxSamplesPerWorker): // some may hang while others compute
		p.stalled = 0
		p.markHung(now, sampleInterval, 1)
		p.burst = 0
	case processors == full:
		p.burst = 0
	}
}

// markHung marks workers as hung whose tasks have run for took, at most limit of them. One
// that has no task yet only waits for a processor. It needs mu held.
func (p *Pool) markHung(now time.Time, took time.Duration, limit int) {
	for w := range p.workers {
		if limit == 0 {
			return
		}
		if !w.hung && !w.starting && now.Sub(w.since) >= took {
			w.hung = true
			p.hung++
			limit--
		}
	}
}
