package actor

import (
	"bytes"

	"netmeshos/internal/fault"
	"netmeshos/internal/life"
)

// keptState is the daemon's last snapshot. It is guarded by Actor.mu.
type keptState struct{ snapshot *[]byte } // nil: none has been taken

// keep keeps a copy of a state, because whoever gets that may change it. A nil state says that
// the daemon has none.
func (k *keptState) keep(state []byte) {
	if state == nil {
		k.snapshot = nil
		return
	}
	kept := bytes.Clone(state)
	k.snapshot = &kept
}

// Snapshot returns the daemon's state, in order with the events that are posted; nil if it has none. A
// restart after a failure restores the last snapshot.
func (a *Actor) Snapshot(caller Caller) ([]byte, *fault.Error) {
	if a.features&HasSnapshot == 0 {
		return nil, nil
	}
	if _, err := a.acquire(stateInOrder, caller); err != nil {
		return nil, err
	}
	var state []byte
	var err *fault.Error
	a.run(func() { state, err = a.callbacks.Snapshot() })
	a.mu.Lock()
	if err == nil && a.env.Restart {
		a.state.keep(state)
	}
	a.returnToken()
	return state, err
}

// Restore gives the daemon a state, in order with the events that are posted.
func (a *Actor) Restore(state []byte, caller Caller) *fault.Error {
	if a.features&HasRestore == 0 {
		if len(state) == 0 {
			return nil
		}
		return fault.New(fault.RestoreFailed, "daemon %q has no restore callback to give %d bytes of state to", a.callee.Name, len(state))
	}
	if _, err := a.acquire(stateInOrder, caller); err != nil {
		return err
	}
	var status int32
	a.run(func() { status = a.callbacks.Restore(state) })
	a.mu.Lock()
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
	state := *a.state.snapshot
	a.mu.Unlock()
	var status int32
	a.run(func() { status = a.callbacks.Restore(state) })
	a.mu.Lock()
	if status == 0 {
		a.happened(life.StateRestored{Daemon: a.daemon(), Bytes: len(state)})
		return
	}
	a.happened(life.RestoreFailed{Daemon: a.daemon(), Status: status})
	a.backOff()
}
