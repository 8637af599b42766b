package actor

import (
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/restart"
)

// recovery is how the daemon goes on after failures. It is guarded by Actor.mu.
type recovery struct {
	policy  restart.Policy
	restore bool        // the state is to be restored before the next event
	timer   *time.Timer // ends the policy's hold
	starved bool        // there was no memory for the next event a moment ago
}

// holds reports whether events must wait.
func (r *recovery) holds() bool { return r.policy.Held() || r.starved }

// refusal is what a daemon that crash-loops answers.
func (r *recovery) refusal(name string) *fault.Error {
	return fault.New(fault.BackingOff, "daemon %q crash-loops and is held for another %v: restart it, or wait",
		name, max(0, r.policy.Left(time.Now())).Round(time.Millisecond))
}

// failed counts an event that was not processed, and holds the daemon if it is to be
// restarted. It needs mu held.
func (a *Actor) failed(e event.Meta, status int32) {
	a.happened(life.Failed{
		Daemon: a.daemon(), Time: time.Now(), Origin: e.Origin, Sequence: e.Sequence, Status: status, Restarts: a.env.Restart,
	})
	if a.env.Restart {
		a.holdBack()
	}
}

// holdBack holds the daemon after a failure. It needs mu held.
func (a *Actor) holdBack() {
	now := time.Now()
	a.recovery.policy.Fail(now)
	a.recovery.restore = a.state.snapshot != nil && a.features&HasRestore != 0
	left, looping := a.recovery.policy.Left(now), a.recovery.policy.Looping()
	a.happened(life.Held{Daemon: a.daemon(), For: left, Looping: looping})
	if looping {
		refuseAll(&a.token.behind, a.refusal())
	}
	a.goOnIn(left)
}

// goOnIn ends the hold after some time. It needs mu held.
func (a *Actor) goOnIn(d time.Duration) {
	if !a.lifecycle.Open() {
		return
	}
	a.recovery.stopTimer()
	a.recovery.timer = time.AfterFunc(d, a.goOn)
}

func (r *recovery) stopTimer() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// goOn ends the hold if its time is over.
func (a *Actor) goOn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if left := a.recovery.policy.Left(now); left > 0 {
		a.goOnIn(left)
		return
	}
	a.recovery.policy.Resume(now)
	a.schedule()
}
