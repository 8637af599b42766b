package actor

import (
	"time"
)

// turnBudget is how long an actor keeps its worker while others wait for one.
const turnBudget = 5 * time.Millisecond

// schedule requests a turn if there is something to do. It needs mu held.
func (a *Actor) schedule() {
	if !a.token.held && a.next() == jobNothing {
		a.inbox.closeStage()
	}
	if a.next() != jobNothing {
		a.submit()
	}
	a.countBusy()
}

// submit requests a turn, unless one is under way or requested. It needs mu held.
func (a *Actor) submit() {
	if !a.token.queued && !a.token.held {
		a.token.queued = true
		a.env.Pool.Submit((*turn)(a))
	}
}

// turn is an actor as a task of the pool.
type turn Actor

// Run does the actor's jobs until none is left or its time is up.
func (t *turn) Run() {
	a := (*Actor)(t)
	a.lock()
	a.token.queued = false
	if a.token.held { // whoever holds it schedules the actor again
		a.countBusy()
		a.mu.Unlock()
		return
	}
	began := time.Now()
	a.takeTurn(func() bool { return time.Since(began) > turnBudget && a.env.Pool.HasWaiting() })
}

// help does the actor's jobs on the goroutine of a caller who waits until none is left, if
// they only wait for a worker: to do them is faster than to wait for one. It needs mu held,
// and unlocks it for a while.
func (a *Actor) help() {
	if !a.token.held && a.next() != jobNothing {
		a.takeTurn(func() bool { return false })
		a.lock()
	}
}

// takeTurn does the actor's jobs until none is left or it is over. It needs mu held, and
// unlocks it; the token must be free.
func (a *Actor) takeTurn(over func() bool) {
	a.takeToken(a.askedFor(a.next()))
	for {
		job := a.next()
		if job == jobNothing || over() {
			break
		}
		a.token.fair.note(job, len(a.token.between))
		if job == jobGrantBetween || job == jobGrantBehind { // the waiter holds the token now
			a.grant(job)
			a.mu.Unlock()
			return
		}
		a.do(job)
	}
	a.returnToken()
}

// job is one step of the token's holder.
type job uint8

const (
	jobNothing job = iota
	jobGrantBetween
	jobPassControl
	jobTakeProbe
	jobFlushOutputs
	jobRestoreState
	jobSave
	jobGrantBehind
	jobProcess
)

// next returns the job that the token's holder must do next. It needs mu held. Snapshots
// and restores of a daemon that processes no events come first, then control events, then
// a probe, then events and all that is in order with them. But no kind of job can starve
// the others: see fairness.
func (a *Actor) next() job {
	rest := a.nextWork()
	if a.saveDue() && (rest == jobNothing || rest == jobGrantBehind || rest == jobProcess) {
		rest = jobSave
	}
	if a.lifecycle.Open() && a.probe.wanted && !(a.token.fair.probed && rest != jobNothing) {
		rest = jobTakeProbe
	}
	if !a.lifecycle.Over() && a.controlEvents.wait() {
		rest = jobPassControl
	}
	if len(a.token.between) > 0 && !(a.token.fair.mustYield() && rest != jobNothing) {
		return jobGrantBetween
	}
	return rest
}

// nextWork returns the next job that concerns events. It needs mu held. Events wait while
// outputs are pending, and while the daemon is held after a failure.
func (a *Actor) nextWork() job {
	switch {
	case !a.lifecycle.Open():
		return jobNothing
	case len(a.outbox.pending) > 0:
		if a.outbox.room || !a.lifecycle.processes() {
			return jobFlushOutputs
		}
		return a.stateOnly()
	case a.recovery.holds() || !a.lifecycle.processes():
		return a.stateOnly()
	case a.recovery.restore:
		return jobRestoreState
	case len(a.token.behind) > 0 && a.token.behind[0].after <= a.inbox.removed:
		return jobGrantBehind
	case !a.inbox.isEmpty():
		return jobProcess
	}
	return jobNothing
}

// stateOnly returns the next job while events have to wait. It needs mu held.
func (a *Actor) stateOnly() job {
	if a.stateIsNext() {
		return jobGrantBehind
	}
	return jobNothing
}

// fairness keeps one kind of job from starving the others. Callers in token.between get
// the token before anything else, but only as many in a row as were waiting when the first
// of them got it. Between two probes there is at least one job with events, if any waits.
type fairness struct {
	left    int32 // how many more callers between events may go first
	granted bool  // the last job was to grant the token to one
	probed  bool  // a probe was taken since the last job with events
}

func (f *fairness) mustYield() bool { return f.granted && f.left == 0 }

func (f *fairness) note(j job, between int) {
	switch j {
	case jobGrantBetween:
		if !f.granted {
			f.granted, f.left = true, int32(between)
		}
		f.left = max(0, f.left-1)
		return
	case jobTakeProbe:
		f.probed = true
	case jobFlushOutputs, jobRestoreState, jobGrantBehind, jobProcess:
		f.probed = false
	}
	f.granted, f.left = false, 0
}

// grant passes the token to a waiter. It needs mu and the token.
func (a *Actor) grant(j job) {
	a.token.asked = a.askedFor(j)
	if j == jobGrantBetween {
		grantFirst(&a.token.between)
	} else {
		grantFirst(&a.token.behind)
	}
	a.countBusy()
}

// askedFor returns when who gets the token by a job asked for it, as token.asked has it. It
// needs mu held.
func (a *Actor) askedFor(j job) mark {
	switch j {
	case jobGrantBetween:
		return a.token.between[0].asked
	case jobGrantBehind:
		return a.token.behind[0].asked
	}
	return 0
}

// do does one job. It needs mu and the token; mu is unlocked while callbacks run.
func (a *Actor) do(j job) {
	switch j {
	case jobPassControl:
		a.passControlEvent()
	case jobTakeProbe:
		a.takeProbe()
	case jobFlushOutputs:
		a.flushOutputs()
	case jobRestoreState:
		a.restoreKept()
	case jobSave:
		a.save()
	case jobProcess:
		a.processNext()
	}
}
