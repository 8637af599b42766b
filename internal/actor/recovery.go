package actor

import (
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/restart"
)

// recovery is how the daemon recovers from failures. It is guarded by Actor.mu.
type recovery struct {
	policy  *restart.Policy // nil until the first failure
	timer   *time.Timer     // ends the policy's hold
	restore bool            // the state must be restored before the next event
	starved bool            // there was no memory for the next event: see waitForMemory
}

// holds reports whether events must wait: after a failure, or for memory.
func (r *recovery) holds() bool { return r.policy.Held() || r.starved }

// refusal returns the error for events to a daemon that crash-loops.
func (r *recovery) refusal(name string) *fault.Error {
	return fault.New(fault.BackingOff, "daemon %q crash-loops and is held for another %v: restart it, or wait",
		name, max(0, r.policy.Left(time.Now())).Round(time.Millisecond))
}

// failed counts an event that could not be processed, and holds the daemon if failures
// restart it. It needs mu held.
func (a *Actor) failed(e event.Meta, f Failure) {
	failed := life.Failed{
		Daemon: a.daemon(), Time: time.Now(), Origin: e.Origin, Sequence: e.Sequence, Status: f.Status, Restarts: a.env.Restart,
		Stateless: a.env.Restart && !a.restorable() && !(a.durable && a.features&HasRestore != 0),
	}
	if f.Err != nil {
		failed.Error = fault.Excerpt(f.Err)
	}
	if a.env.Restart {
		failed.Wait = a.fail(failed.Time)
	}
	a.happened(failed)
	if a.env.Restart {
		a.hold(failed.Time)
	}
}

// fail tells the policy of a failure, and returns how long it holds the daemon. It needs mu
// held.
func (a *Actor) fail(now time.Time) time.Duration {
	if a.recovery.policy == nil {
		a.recovery.policy = restart.New(a.env.Backoff)
	}
	a.recovery.policy.Fail(now)
	return a.recovery.policy.Left(now)
}

// restorable reports whether there is a state to restore. It needs mu held.
func (a *Actor) restorable() bool {
	return a.state != nil && a.state.snapshot != nil && a.features&HasRestore != 0
}

// backOff holds the daemon after a failure, if and as long as the policy says. It needs mu
// held.
func (a *Actor) backOff() {
	now := time.Now()
	a.fail(now)
	a.hold(now)
}

// hold holds the daemon as the policy says after a failure now. It needs mu held.
func (a *Actor) hold(now time.Time) {
	a.recovery.restore = a.restorable()
	if a.recovery.restore {
		a.forgetChanges()
	}
	left, looping := a.recovery.policy.Left(now), a.recovery.policy.Looping()
	a.happened(life.BackedOff{Daemon: a.daemon(), For: left, Looping: looping})
	a.advanceStates()
	if looping {
		a.inbox.closeStage()
		refuseAll(&a.token.behind, a.refusal())
		a.wakePosters()
	}
	if a.recovery.policy.Held() {
		a.scheduleResume(left)
	}
}

// scheduleResume has the hold end after d. It needs mu held.
func (a *Actor) scheduleResume(d time.Duration) {
	if !a.lifecycle.Open() {
		return
	}
	a.recovery.stopTimer()
	a.recovery.timer = time.AfterFunc(d, a.resumeWhenDue)
}

func (r *recovery) stopTimer() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// resumeWhenDue ends the hold if its time is over, and otherwise waits for the rest.
func (a *Actor) resumeWhenDue() {
	resumed := false
	defer func() {
		if resumed {
			a.mayStep()
		}
	}()
	a.lock()
	defer a.mu.Unlock()
	now := time.Now()
	if left := a.recovery.policy.Left(now); left > 0 {
		a.scheduleResume(left)
		return
	}
	a.recovery.policy.Resume(now)
	a.schedule()
	resumed = true
}
