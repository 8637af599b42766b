// Package supervisor owns the loop that gives a node its beat: it moves log
// lines from the queue to the ring as they come, and has the daemons looked
// after every tick.
package supervisor

import (
	"math"
	"time"

	"go.uber.org/atomic"

	"netmeshos/runtime/logs"
)

// Loop is one running supervisor loop.
type Loop struct {
	queue *logs.Queue
	ring  *logs.Ring
	tick  func()
	ticks atomic.Uint64
	stop  chan struct{}
	done  chan struct{}
}

// Interval turns milliseconds into a duration, at most the longest there is:
// 292 years, which no tick outlives.
func Interval(ms uint64) time.Duration {
	return time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
}

// Start starts a loop that calls tick every interval, on its own goroutine;
// tick must not block. Stop ends it.
func Start(interval time.Duration, queue *logs.Queue, ring *logs.Ring, tick func()) *Loop {
	l := &Loop{
		queue: queue,
		ring:  ring,
		tick:  tick,
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	go l.run(interval)
	return l
}

func (l *Loop) run(interval time.Duration) {
	defer close(l.done)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-l.queue.Wake():
			l.queue.Drain(l.ring.Append)
		case <-ticker.C:
			l.ticks.Inc()
			l.tick()
		case <-l.stop:
			l.queue.Drain(l.ring.Append)
			return
		}
	}
}

// Ticks is how often the loop has ticked.
func (l *Loop) Ticks() uint64 { return l.ticks.Load() }

// Stop closes the queue, moves what still waits in it to the ring, and returns
// when the loop has ended. It must be called once.
func (l *Loop) Stop() {
	l.queue.Close()
	close(l.stop)
	<-l.done
}
