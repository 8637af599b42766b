package node

import (
	"math"
	"sync"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/logs"
)

// work is the functions that a loop calls. None may block.
type work struct {
	tick   func()                               // every tick
	attend func(now time.Time) (next time.Time) // when woken, every tick, and at the time that it returned last; zero: no such time
}

// loop is the one goroutine that a node always has, from the first time that there is
// something for it to do. It moves log lines from the queue to the ring, and does the work.
// It calls no callback and waits for none.
type loop struct {
	queue *logs.Queue
	ring  *logs.Ring
	work  work
	woken chan struct{}
	ticks atomic.Uint64
	stop  chan struct{}
	done  chan struct{}

	begun atomic.Bool // the goroutine has been started, or never will be; changes with mu held

	mu    sync.Mutex // guards what follows until begun
	tick  time.Duration
	due   time.Time   // when the first tick is due
	first *time.Timer // begins at that time
}

// newLoop returns a loop that has not been started.
func newLoop(queue *logs.Queue, ring *logs.Ring) *loop {
	l := &loop{
		queue: queue,
		ring:  ring,
		woken: make(chan struct{}, 1),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	queue.OnWait(l.begin)
	return l
}

// start starts the loop. end ends it.
func (l *loop) start(tick time.Duration, w work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.work = w
	l.tick = tick
	l.due = time.Now().Add(tick)
	l.first = time.AfterFunc(tick, l.begin)
	if len(l.woken) > 0 {
		l.run()
	}
}

// begin starts the goroutine, unless it has been started, or the loop has not been started
// or has ended. Nodes that live shorter than a tick and have nothing to do need none.
func (l *loop) begin() {
	if l.begun.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first != nil && !l.begun.Load() {
		l.run()
	}
}

// run starts the goroutine. It needs mu held.
func (l *loop) run() {
	l.begun.Store(true)
	l.first.Stop()
	go l.loop()
}

// wake makes the loop call attend soon. It never blocks.
func (l *loop) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
	l.begin()
}

// loop is the goroutine. Its ticks are those of one that has run since start.
func (l *loop) loop() {
	defer close(l.done)
	first := time.NewTimer(time.Until(l.due))
	defer first.Stop()
	ticker := time.NewTicker(math.MaxInt64)
	defer ticker.Stop()
	due := time.NewTimer(math.MaxInt64)
	defer due.Stop()
	attend := func() {
		now := time.Now()
		next := l.work.attend(now)
		if next.IsZero() {
			due.Stop()
		} else {
			due.Reset(next.Sub(now))
		}
	}
	tick := func() {
		l.ticks.Inc()
		l.work.tick()
		attend()
	}
	for {
		select {
		case <-l.queue.Wake():
			l.queue.Drain(l.ring.Append)
		case <-first.C:
			ticker.Reset(l.tick)
			tick()
		case <-ticker.C:
			tick()
		case <-l.woken:
			attend()
		case <-due.C:
			attend()
		case <-l.stop:
			return
		}
	}
}

// end closes the queue, moves the remaining lines to the ring, and returns when the loop
// has ended. It must be called once, after start.
func (l *loop) end() {
	l.queue.Close()
	if !l.endUnbegun() {
		close(l.stop)
		<-l.done
	}
	l.queue.Drain(l.ring.Append)
}

// endUnbegun ends a loop whose goroutine has not been started. It returns false if it has.
func (l *loop) endUnbegun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.begun.Load() {
		return false
	}
	l.begun.Store(true)
	l.first.Stop()
	return true
}
