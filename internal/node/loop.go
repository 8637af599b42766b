package node

import (
	"math"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/logs"
)

// work is the functions that a loop calls. None may block.
type work struct {
	tick   func()                               // every tick
	attend func(now time.Time) (next time.Time) // when woken, every tick, and at the time that it returned last; zero: no such time
}

// loop is the one goroutine that a node always has. It moves log lines from the queue
// to the ring, and does the work. It calls no callback and waits for none.
type loop struct {
	queue *logs.Queue
	ring  *logs.Ring
	work  work
	woken chan struct{}
	ticks atomic.Uint64
	stop  chan struct{}
	done  chan struct{}
}

// newLoop returns a loop that has not been started.
func newLoop(queue *logs.Queue, ring *logs.Ring) *loop {
	return &loop{
		queue: queue,
		ring:  ring,
		woken: make(chan struct{}, 1),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
}

// start runs the loop on a goroutine of its own. end ends it.
func (l *loop) start(tick time.Duration, w work) {
	l.work = w
	go l.run(tick)
}

// wake makes the loop call attend soon. It never blocks.
func (l *loop) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

func (l *loop) run(tick time.Duration) {
	defer close(l.done)
	ticker := time.NewTicker(tick)
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
	for {
		select {
		case <-l.queue.Wake():
			l.queue.Drain(l.ring.Append)
		case <-ticker.C:
			l.ticks.Inc()
			l.work.tick()
			attend()
		case <-l.woken:
			attend()
		case <-due.C:
			attend()
		case <-l.stop:
			l.queue.Drain(l.ring.Append)
			return
		}
	}
}

// end closes the queue, moves the remaining lines to the ring, and returns when the loop
// has ended. It must be called once, after start.
func (l *loop) end() {
	l.queue.Close()
	close(l.stop)
	<-l.done
}
