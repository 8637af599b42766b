// Package supervisor owns the beat of a node and its decisions: the loop that
// ticks and moves log lines, and the state machines of maintenance and
// backpressure.
package supervisor

import (
	"math"
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/logs"
)

// Work is what a loop does. None of the functions may block.
type Work struct {
	Tick   func()                               // every tick
	Attend func(now time.Time) (next time.Time) // when poked, every tick, and at the time that it returned last; zero: none
}

// Loop is one running supervisor loop.
type Loop struct {
	queue *logs.Queue
	ring  *logs.Ring
	work  Work
	poke  chan struct{}
	ticks atomic.Uint64
	stop  chan struct{}
	done  chan struct{}
}

// Interval turns milliseconds into a duration, at most the longest there is:
// 292 years, which no tick outlives.
func Interval(ms uint64) time.Duration {
	return time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
}

// New returns a loop that does not run yet.
func New(queue *logs.Queue, ring *logs.Ring) *Loop {
	return &Loop{
		queue: queue,
		ring:  ring,
		poke:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
}

// Start runs the loop on a goroutine of its own. Stop ends it.
func (l *Loop) Start(tick time.Duration, work Work) {
	l.work = work
	go l.run(tick)
}

// Poke has Attend called soon. It never blocks.
func (l *Loop) Poke() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

func (l *Loop) run(tick time.Duration) {
	defer close(l.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	due := time.NewTimer(math.MaxInt64)
	defer due.Stop()
	attend := func() {
		now := time.Now()
		next := l.work.Attend(now)
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
			l.work.Tick()
			attend()
		case <-l.poke:
			attend()
		case <-due.C:
			attend()
		case <-l.stop:
			l.queue.Drain(l.ring.Append)
			return
		}
	}
}

// Ticks is how often the loop has ticked.
func (l *Loop) Ticks() uint64 { return l.ticks.Load() }

// Stop closes the queue, moves what still waits in it to the ring, and returns
// when the loop has ended. It must be called once, after Start.
func (l *Loop) Stop() {
	l.queue.Close()
	close(l.stop)
	<-l.done
}
