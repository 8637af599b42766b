package actor

import (
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
)

// Stop stops the daemon. It is called when the grace time of a stop is over. It discards
// the events that wait, and the daemon gets no more until Restart. Its pending outputs are
// still delivered.
func (a *Actor) Stop() {
	a.lock()
	was := a.lifecycle
	a.lifecycle, _ = was.after(stopOver)
	if a.lifecycle == Stopped {
		a.end.grace.stopped()
	}
	if a.lifecycle == was {
		a.mu.Unlock()
		return
	}
	a.discardInbox()
	a.refuseEvents(errStopped)
	a.wakePosters()
	a.saveChanges()
	blocked := a.takeBlocked()
	a.happened(life.Stopped{Daemon: a.daemon()})
	a.schedule()
	a.mu.Unlock()
	wake(blocked)
}

// Restart restarts a stopped daemon, or releases one that is held after failures. It
// forgets the failures.
func (a *Actor) Restart() *fault.Error {
	defer a.mayStep() // when mu is unlocked
	a.lock()
	defer a.mu.Unlock()
	next, ok := a.lifecycle.after(restarted)
	if !ok {
		return fault.New(fault.Draining, "daemon %q is being shut down", a.callee.Name)
	}
	a.lifecycle = next
	a.recovery.policy.Release()
	a.recovery.stopTimer()
	a.happened(life.RestartedByHost{Daemon: a.daemon()})
	a.schedule()
	return nil
}

// SetStopped is meshed.Daemon.SetStopped.
func (a *Actor) SetStopped(stopped bool) {
	a.lock()
	was := a.lifecycle
	begins := stopped && was == Running
	if begins {
		a.lifecycle, _ = was.after(stop)
		a.inbox.closeStage()
		a.wakePosters()
	}
	a.mu.Unlock()
	switch {
	case begins:
		a.Stop()
	case !stopped && was == Stopped:
		_ = a.Restart() // refused only where it ends
	}
}

// IsStopped reports whether the daemon has been stopped.
func (a *Actor) IsStopped() bool {
	a.lock()
	defer a.mu.Unlock()
	return a.lifecycle == Stopped || a.lifecycle == StoppedShuttingDown
}
