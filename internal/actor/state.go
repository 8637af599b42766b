package actor

import (
	"netmeshos/internal/amount"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
)

// Snapshot returns the daemon's state, in order with the events that are posted; nil if it has none. A
// restart after a failure restores the last snapshot.
func (a *Actor) Snapshot(caller Caller) ([]byte, *fault.Error) {
	if a.features&HasSnapshot == 0 {
		return nil, nil
	}
	if _, err := a.acquire(hostInOrder, caller); err != nil {
		return nil, err
	}
	defer a.runFor(caller)()
	state, err := a.takeState()
	a.lock()
	a.returnToken()
	return state, err
}

// Restore gives the daemon a state, in order with the events that are posted.
func (a *Actor) Restore(state []byte, caller Caller) *fault.Error {
	if a.features&HasRestore == 0 {
		if len(state) == 0 {
			return nil
		}
		return fault.New(fault.RestoreFailed, "daemon %q has no restore callback to give %s of state to", a.callee.Name, amount.Of(len(state), "byte"))
	}
	if _, err := a.acquire(hostInOrder, caller); err != nil {
		return err
	}
	defer a.runFor(caller)()
	var status int32
	a.run(func() { status = a.callbacks.Restore(state) })
	a.lock()
	if status == 0 {
		a.recovery.restore = false // this state, not the one before the failure
		a.countUnsaved(1)          // another state than the one taken last
	}
	a.returnToken()
	if status != 0 {
		return fault.New(fault.RestoreFailed, "restore of daemon %q returned %d", a.callee.Name, status)
	}
	return nil
}

// restoreKept gives the daemon its last snapshot after a failure. It needs mu and the
// token.
func (a *Actor) restoreKept() {
	a.recovery.restore = false
	state := a.state.snapshot
	a.mu.Unlock()
	var status int32
	a.run(func() { status = a.callbacks.Restore(state) })
	a.lock()
	if status == 0 {
		a.happened(life.StateRestored{Daemon: a.daemon(), Bytes: len(state)})
		if !a.env.Restart {
			a.state.snapshot = nil // it was the one of an earlier process
		}
		return
	}
	a.happened(life.RestoreFailed{Daemon: a.daemon(), Status: status})
	a.backOff()
}
