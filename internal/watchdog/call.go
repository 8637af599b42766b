package watchdog

import (
	"time"

	"go.uber.org/atomic"

	"netmeshos/internal/clock"
)

// Callee is the daemon whose callback a Call times.
type Callee struct {
	ID   uint64
	Name string
}

// tick is the longest period of a kernel's timer (100 Hz). A rough time may be early by
// that much.
const tick = 10 * time.Millisecond

// Call times one callback at a time. One goroutine at a time may begin and end callbacks;
// Running and report are safe from any goroutine.
type Call struct {
	callee   atomic.Pointer[Callee]
	began    atomic.Int64 // when the running callback began, by clock.Now; 0: none runs
	rough    atomic.Bool  // began may be early by a tick
	probe    atomic.Bool  // the callback is a probe
	reported atomic.Int64 // the value of began of the callback that was reported last
}

// Assign sets whose callbacks are timed from now on, and reports whether that changes
// anything. It is cheap if it doesn't.
func (c *Call) Assign(callee *Callee) (changed bool) {
	if c.callee.Load() == callee {
		return false
	}
	c.callee.Store(callee)
	return true
}

// Begin notes that a callback begins. A rough time may be early by a kernel's tick.
func (c *Call) Begin(at time.Duration, rough bool) {
	if c.rough.Load() != rough {
		c.rough.Store(rough)
	}
	c.began.Store(int64(at))
}

// BeginProbe is Begin of a probe. EndProbe must follow.
func (c *Call) BeginProbe(at time.Duration) {
	c.probe.Store(true)
	c.Begin(at, false)
}

// End notes that the callback has returned. If the callback was reported as overdue, End
// returns how long it took, otherwise 0.
func (c *Call) End() (overdue time.Duration) {
	began := c.began.Load()
	c.began.Store(0)
	if c.reported.Load() != began || began == 0 {
		return 0
	}
	return max(1, clock.Now()-time.Duration(began))
}

// EndProbe is End of a probe.
func (c *Call) EndProbe() (overdue time.Duration) {
	overdue = c.End()
	c.probe.Store(false)
	return overdue
}

// Running returns how long the callback has run, 0 if none runs, and whether it was
// reported as overdue.
func (c *Call) Running(now time.Duration) (running time.Duration, overdue bool) {
	began := c.began.Load()
	if began == 0 {
		return 0, false
	}
	return max(1, now-time.Duration(began)), c.reported.Load() == began
}

// report returns how long the callback has run, if that is the limit or more and it has
// not been reported; otherwise 0.
func (c *Call) report(now, limit time.Duration) (running time.Duration, overdue bool) {
	began := c.began.Load()
	if began == 0 {
		return 0, false
	}
	running = max(1, now-time.Duration(began))
	least := running
	if c.rough.Load() {
		least -= tick
	}
	if least < limit || c.began.Load() != began { // rough may belong to the next callback
		return 0, false
	}
	return running, c.reported.Swap(began) != began
}
