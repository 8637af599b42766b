package actor

import (
	"math"
	"time"

	"netmeshos/internal/fault"
)

const (
	// DefaultGrace is the grace time that 0 means.
	DefaultGrace = 5 * time.Second
	// settle is how long, after the grace time, a callback may still take that was due
	// in it. Without it a grace time of a millisecond would fail on a busy machine.
	settle = 100 * time.Millisecond
)

// graceTime is guarded by Actor.mu.
type graceTime struct {
	done     chan struct{} // closed by Done; nil unless the daemon has been told to shut down
	released chan struct{} // closed by Release; nil as above
}

// abandon ends the waits for the grace time. It needs Actor.mu held.
func (g *graceTime) abandon() {
	if g.released != nil {
		close(g.released)
	}
}

// Grace is the time that a daemon has from SHUTDOWN to its end.
type Grace struct {
	MS       uint64
	deadline time.Time
	done     <-chan struct{}
	released <-chan struct{}
}

// Wait waits until the grace time is over or the daemon is done. It returns false if
// the handle is freed before.
func (g Grace) Wait() bool {
	timer := time.NewTimer(time.Until(g.deadline))
	defer timer.Stop()
	select {
	case <-g.done:
		return true
	case <-timer.C:
		return true
	case <-g.released:
		return false
	}
}

// Patience is how long callbacks may still run.
func (g Grace) Patience() time.Duration { return max(0, time.Until(g.deadline)) + settle }

// BeginStop starts a stop: events from outside are refused from now on. Pause must
// follow when the grace time is over.
func (a *Actor) BeginStop(graceMS uint64) (Grace, *fault.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, ok := a.lifecycle.after(stop)
	switch {
	case ok:
		return a.beginGrace(next, graceMS), nil
	case a.lifecycle == Stopped:
		return Grace{}, fault.New(fault.Stopped, "daemon %q has been stopped already", a.callee.Name)
	}
	return Grace{}, fault.New(fault.Draining, "daemon %q is being shut down already", a.callee.Name)
}

// BeginLeave starts a graceful shutdown: events from outside are refused from now on.
// Consume must follow when the grace time is over.
func (a *Actor) BeginLeave(graceMS uint64) (Grace, *fault.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, ok := a.lifecycle.after(leave)
	if !ok {
		return Grace{}, fault.New(fault.AlreadyShutdown, "a graceful shutdown of this daemon is under way or over")
	}
	return a.beginGrace(next, graceMS), nil
}

// beginGrace needs mu held.
func (a *Actor) beginGrace(next Lifecycle, graceMS uint64) Grace {
	a.lifecycle = next
	if graceMS == 0 {
		graceMS = uint64(DefaultGrace.Milliseconds())
	}
	g := &a.end.grace
	if g.done == nil {
		g.done = make(chan struct{})
	}
	if g.released == nil {
		g.released = make(chan struct{})
	}
	length := time.Duration(min(graceMS, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
	return Grace{graceMS, time.Now().Add(length), g.done, g.released}
}

// SayDone ends the grace time early: the daemon has finished.
func (a *Actor) SayDone() *fault.Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.lifecycle.HandleConsumed():
		return ErrConsumed
	case a.end.grace.done == nil:
		return fault.New(fault.InvalidState, "daemon %q has not been told to shut down", a.callee.Name)
	}
	select {
	case <-a.end.grace.done:
	default:
		close(a.end.grace.done)
	}
	return nil
}

// ErrConsumed is the error of calls on a handle that is consumed.
var ErrConsumed = fault.New(fault.AlreadyShutdown, "the daemon has been shut down: register it again for a new handle")
