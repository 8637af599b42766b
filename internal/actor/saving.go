package actor

import (
	"bytes"
	"errors"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/life"
)

// Saving says when daemons' states are taken without being asked for, and where they go.
type Saving struct {
	Interval time.Duration // this long after an event at the latest; 0: never
	Events   int           // after this many events; 0: never
	Store    Store         // where each state goes that is taken; nil: nowhere
}

// Store keeps states beyond the process.
type Store interface {
	// Save returns when the state is safe, or an error if the one before still is.
	Save(id uint64, state []byte) error
}

// keptState is the daemon's last snapshot, and what has happened since. It is guarded by
// Actor.mu.
type keptState struct {
	snapshot []byte
	since    int         // events processed since a state was taken
	wanted   bool        // a state must be taken
	timer    *time.Timer // makes it wanted; nil: it isn't running
}

// keeps returns the actor's state, which it makes the first time. It needs mu held.
func (a *Actor) keeps() *keptState {
	if a.state == nil {
		a.state = new(keptState)
	}
	return a.state
}

// saves reports whether the actor takes states by itself.
func (a *Actor) saves() bool {
	s := &a.env.Saving
	return !a.durable && a.features&HasSnapshot != 0 && (s.Interval > 0 || s.Events > 0)
}

// countUnsaved counts processed events. It needs mu and the token.
func (a *Actor) countUnsaved(events int) {
	if events == 0 || !a.saves() {
		return
	}
	k := a.keeps()
	k.since += events
	if n := a.env.Saving.Events; n > 0 && k.since >= n {
		k.wanted = true
	}
	if d := a.env.Saving.Interval; d > 0 && k.timer == nil && a.lifecycle.Open() {
		k.timer = time.AfterFunc(d, a.saveSoon)
	}
}

// untilSaved is how many events a batch may have before a state must be taken. It needs mu
// held.
func (a *Actor) untilSaved(limit int) int {
	if n := a.env.Saving.Events; n > 0 && a.saves() {
		return min(limit, max(1, n-a.keeps().since))
	}
	return limit
}

// saveSoon has a state taken, if there were events since the last one.
func (a *Actor) saveSoon() {
	a.lock()
	defer a.mu.Unlock()
	a.keeps().timer = nil
	a.saveChanges()
}

// saveChanges has a state taken if there were events since the last one. It needs mu held.
func (a *Actor) saveChanges() {
	if a.saves() && a.keeps().since > 0 && !a.lifecycle.Over() {
		a.state.wanted = true
		a.schedule()
	}
}

// saveDue reports whether a state must be taken now. That of a daemon that is held after a
// failure isn't: it gets the one before back. It needs mu held.
func (a *Actor) saveDue() bool {
	return a.state != nil && a.state.wanted && !a.lifecycle.Over() && !a.recovery.policy.Held() && !a.recovery.restore
}

// save takes a state without being asked for. It needs mu and the token.
func (a *Actor) save() {
	a.mu.Unlock()
	_, _ = a.takeState()
	a.lock()
}

// errNothingGiven is why a state isn't kept. An empty state is one.
var errNothingGiven = errors.New("snapshot gave nothing")

// takeState takes the daemon's state, and keeps it where it must be kept. If there is none,
// the one taken last stays. The token is held.
func (a *Actor) takeState() (state []byte, err *fault.Error) {
	a.run(func() { state, err = a.callbacks.Snapshot() })
	kept := err == nil && state != nil
	switch {
	case !a.env.Restart && a.env.Saving.Store == nil: // nothing is to be kept
	case err != nil:
		a.happened(life.StateNotSaved{Daemon: a.daemon(), Err: err})
	case state == nil:
		a.happened(life.StateNotSaved{Daemon: a.daemon(), Err: errNothingGiven})
	case a.env.Saving.Store != nil:
		if failure := a.env.Saving.Store.Save(a.callee.ID, state); failure != nil {
			a.happened(life.StateNotSaved{Daemon: a.daemon(), Err: failure})
		}
	}
	a.lock()
	defer a.mu.Unlock()
	if a.state != nil {
		a.state.wanted = false
	}
	if kept {
		if a.state != nil {
			a.state.since = 0
		}
		if a.env.Restart {
			a.keeps().snapshot = bytes.Clone(state) // whoever gets the state may change it
		}
	}
	return state, err
}

// forgetChanges is called when the daemon goes back to the state taken last. It needs mu
// held.
func (a *Actor) forgetChanges() {
	if a.state != nil {
		a.state.since, a.state.wanted = 0, false
	}
}

func (s *keptState) stopTimer() {
	if s != nil && s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// Begin gives the daemon a state that an earlier process saved, before its first event. It
// is called once, before any event.
func (a *Actor) Begin(state []byte) {
	if state == nil || a.features&HasRestore == 0 {
		return
	}
	a.lock()
	defer a.mu.Unlock()
	a.keeps().snapshot = state
	a.recovery.restore = true
	a.schedule()
}
