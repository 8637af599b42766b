package actor

import (
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
)

const (
	// DefaultGrace is used where a grace time of 0 is given.
	DefaultGrace = 5 * time.Second
	// callbackSlack is the extra time for callbacks that are still running when the grace
	// time is over. Without it a grace time of one millisecond would fail on a busy machine.
	callbackSlack = 100 * time.Millisecond
)

// graceTime is guarded by Actor.mu. A nil one is that of a daemon to which SHUTDOWN has never
// been sent.
type graceTime struct {
	done     chan struct{} // closed by EndGrace; nil after a stop
	released chan struct{} // closed by Release
}

// stopped says that a stop is over.
func (g *graceTime) stopped() {
	if g != nil {
		g.done = nil
	}
}

// canEnd reports whether there is a grace time to end.
func (g *graceTime) canEnd() bool { return g != nil && g.done != nil }

// abandon ends the waits for the grace time. It needs Actor.mu held.
func (g *graceTime) abandon() {
	if g != nil {
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

// Wait waits until the grace time is over or the daemon has said that it is done. It
// returns false if the handle is freed first.
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

// CallbackLimit returns how long callbacks may still run.
func (g Grace) CallbackLimit() time.Duration { return max(0, time.Until(g.deadline)) + callbackSlack }

// BeginStop starts a stop: events from outside are refused from now on. Stop must
// follow when the grace time is over.
func (a *Actor) BeginStop(graceMS uint64) (Grace, *fault.Error) {
	a.lock()
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

// BeginShutdown starts a graceful shutdown: events from outside are refused from now on.
// FinishShutdown must follow when the grace time is over.
func (a *Actor) BeginShutdown(graceMS uint64) (Grace, *fault.Error) {
	a.lock()
	defer a.mu.Unlock()
	next, ok := a.lifecycle.after(shutDown)
	if !ok {
		return Grace{}, fault.New(fault.AlreadyShutdown, "a graceful shutdown of this daemon is under way or over")
	}
	return a.beginGrace(next, graceMS), nil
}

// beginGrace starts the grace time of a transition to next. It needs mu held.
func (a *Actor) beginGrace(next Lifecycle, graceMS uint64) Grace {
	a.lifecycle = next
	a.inbox.closeStage()
	a.wakePosters()
	if graceMS == 0 {
		graceMS = uint64(DefaultGrace.Milliseconds())
	}
	if a.end.grace == nil {
		a.end.grace = &graceTime{released: make(chan struct{})}
	}
	g := a.end.grace
	if g.done == nil {
		g.done = make(chan struct{})
	}
	return Grace{graceMS, time.Now().Add(clock.Milliseconds(graceMS)), g.done, g.released}
}

// EndGrace ends the grace time early, because the daemon has said that it is done.
func (a *Actor) EndGrace() *fault.Error {
	a.lock()
	defer a.mu.Unlock()
	switch {
	case a.lifecycle.HandleConsumed():
		return ErrConsumed
	case !a.end.grace.canEnd():
		return fault.New(fault.InvalidState, "daemon %q has not been told to shut down", a.callee.Name)
	}
	select {
	case <-a.end.grace.done:
	default:
		close(a.end.grace.done)
	}
	return nil
}

// ErrConsumed is what calls on a consumed handle return.
var ErrConsumed = fault.New(fault.AlreadyShutdown, "the daemon has been shut down: register it again for a new handle")
