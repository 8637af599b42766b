package actor

import (
	"time"
)

// turnBudget is how long an actor keeps its worker while others wait for one.
const turnBudget = 5 * time.Millisecond

// schedule gets the actor a turn if a turn could do something. It needs mu held.
func (a *Actor) schedule() {
	if a.next() != nothing {
		a.submit()
	}
	a.countBusy()
}

// submit gets the actor a turn, unless it has one or will have one. It needs mu held.
func (a *Actor) submit() {
	if !a.token.queued && !a.token.held {
		a.token.queued = true
		a.env.Pool.Submit((*turn)(a))
	}
}

// turn is the actor as a task of the pool.
type turn Actor

// Run does what waits.
func (t *turn) Run() {
	a := (*Actor)(t)
	a.mu.Lock()
	a.token.queued = false
	if a.token.held { // its holder has the actor scheduled again
		a.countBusy()
		a.mu.Unlock()
		return
	}
	a.hold()
	began := time.Now()
	for {
		job := a.next()
		if job == nothing || time.Since(began) > turnBudget && a.env.Pool.Crowded() {
			break
		}
		a.token.fair.note(job, len(a.token.between))
		if job == grantBetween || job == grantBehind { // the token goes along
			a.grant(job)
			a.mu.Unlock()
			return
		}
		a.do(job)
	}
	a.release()
}

// job is one thing that the token's holder does.
type job uint8

const (
	nothing job = iota
	grantBetween
	tell
	takeProbe
	flushOutputs
	restoreState
	grantBehind
	process
)

// next says what the token's holder is to do. It needs mu held. Snapshots and
// restores come first, then control events, a probe, and work with events. But no
// stream of one kind keeps the others waiting for ever: see fairness.
func (a *Actor) next() job {
	rest := a.nextWork()
	if a.lifecycle.Open() && a.probe.wanted && !(a.token.fair.probed && rest != nothing) {
		rest = takeProbe
	}
	if !a.lifecycle.Over() && len(a.told.waiting) > 0 {
		rest = tell
	}
	if len(a.token.between) > 0 && !(a.token.fair.mustYield() && rest != nothing) {
		return grantBetween
	}
	return rest
}

// nextWork says what is to be done with events. It needs mu held. Events wait while
// outputs do, and while the daemon is held after a failure.
func (a *Actor) nextWork() job {
	switch {
	case !a.lifecycle.Open():
		return nothing
	case len(a.outbox.pending) > 0:
		if a.outbox.room || !a.lifecycle.processes() {
			return flushOutputs
		}
		return nothing
	case a.recovery.holds() || !a.lifecycle.processes():
		return nothing
	case a.recovery.restore:
		return restoreState
	case len(a.token.behind) > 0 && a.token.behind[0].after <= a.inbox.removed:
		return grantBehind
	case a.inbox.waiting > 0:
		return process
	}
	return nothing
}

// fairness remembers who has had a turn. Of the callers between two events only as
// many as waited together go before anything else, and between two probes there is
// work with events.
type fairness struct {
	granted bool // callers between events have had the token since anything else was done
	left    int  // this many of them may still go first
	probed  bool // a probe was taken since the last work
}

func (f *fairness) mustYield() bool { return f.granted && f.left == 0 }

func (f *fairness) note(j job, between int) {
	switch j {
	case grantBetween:
		if !f.granted {
			f.granted, f.left = true, between
		}
		f.left = max(0, f.left-1)
		return
	case takeProbe:
		f.probed = true
	case flushOutputs, restoreState, grantBehind, process:
		f.probed = false
	}
	f.granted, f.left = false, 0
}

// grant hands the token to a waiter. It needs mu held, and the token.
func (a *Actor) grant(j job) {
	if j == grantBetween {
		grantFirst(&a.token.between)
	} else {
		grantFirst(&a.token.behind)
	}
}

// do does one job. It needs mu and the token; mu is given up while callbacks run.
func (a *Actor) do(j job) {
	switch j {
	case tell:
		a.tellNext()
	case takeProbe:
		a.takeProbe()
	case flushOutputs:
		a.flushOutputs()
	case restoreState:
		a.restoreKept()
	case process:
		a.processNext()
	}
}
