package supervisor

import (
	"fmt"
	"strings"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/view"
)

// Maintenance takes a node out of work and back. It is a pure state machine:
// the time and what there is to know about the daemons come in, the events
// that all daemons are to be told come out.
type Maintenance struct {
	ramp  time.Duration // how long Recovery lasts
	state view.MaintenanceState
}

// NewMaintenance returns a state machine of a node at work.
func NewMaintenance(ramp time.Duration) *Maintenance { return &Maintenance{ramp: ramp} }

// Situation is what the state machine must know about the daemons.
type Situation struct {
	Quiet   bool // no event waits and no callback runs
	Waiting uint64
	Busy    int             // daemons with something to do
	Running func() []string // names of some daemons whose callbacks run; may be nil
	Healthy bool            // all daemons have said since the exit began that they are well
}

// State is the phase and its times.
func (m *Maintenance) State() view.MaintenanceState { return m.state }

// Draining reports whether new events are to be refused.
func (m *Maintenance) Draining() bool {
	switch m.state.Phase {
	case view.EnteringMaintenance, view.Maintenance, view.DrainFailed:
		return true
	}
	return false
}

// Enter starts draining. The drain fails if it takes longer than drain.
func (m *Maintenance) Enter(now time.Time, drain time.Duration) ([]control.Event, *fault.Error) {
	switch m.state.Phase {
	case view.Active, view.Recovery:
	default:
		return nil, fault.New(fault.InvalidState, "the node is in the state %v and can't enter maintenance: exit it first", m.state.Phase)
	}
	m.state = view.MaintenanceState{Phase: view.EnteringMaintenance, Since: now, Deadline: now.Add(drain)}
	return []control.Event{{Kind: control.DrainStart, GraceMS: uint64(drain.Milliseconds())}}, nil
}

// Exit starts going back to work. A drain that is under way is given up.
func (m *Maintenance) Exit(now time.Time) ([]control.Event, *fault.Error) {
	var tell []control.Event
	switch m.state.Phase {
	case view.EnteringMaintenance:
		tell = []control.Event{{Kind: control.DrainFinish}}
	case view.Maintenance, view.DrainFailed:
	default:
		return nil, fault.New(fault.InvalidState, "the node is in the state %v and not in maintenance: enter it first", m.state.Phase)
	}
	m.state = view.MaintenanceState{Phase: view.ExitingMaintenance, Since: now}
	return tell, nil
}

// Advance makes the step that is due, if one is, and reports whether it made
// one.
func (m *Maintenance) Advance(now time.Time, s Situation) ([]control.Event, bool) {
	finish := []control.Event{{Kind: control.DrainFinish}}
	switch m.state.Phase {
	case view.EnteringMaintenance:
		if s.Quiet {
			m.state = view.MaintenanceState{Phase: view.Maintenance, Since: now}
			return finish, true
		}
		if !now.Before(m.state.Deadline) {
			reason := fmt.Sprintf("when the time was over, %d events were waiting and %d daemons had something to do%s", s.Waiting, s.Busy, s.running())
			m.state = view.MaintenanceState{Phase: view.DrainFailed, Since: now, Reason: reason}
			return finish, true
		}
	case view.ExitingMaintenance:
		if s.Healthy {
			m.state = view.MaintenanceState{Phase: view.Recovery, Since: now}
			return nil, true
		}
	case view.Recovery:
		if now.Sub(m.state.Since) >= m.ramp {
			m.state = view.MaintenanceState{}
			return nil, true
		}
	}
	return nil, false
}

// running says whose callbacks keep the node from going on.
func (s Situation) running() string {
	if s.Running == nil {
		return ""
	}
	names := s.Running()
	if len(names) == 0 {
		return ""
	}
	return "; callbacks ran of " + strings.Join(names, ", ")
}

// Due is when Advance must be called even if nothing happens; zero: never.
func (m *Maintenance) Due() time.Time {
	switch m.state.Phase {
	case view.EnteringMaintenance:
		return m.state.Deadline
	case view.Recovery:
		return m.state.Since.Add(m.ramp)
	}
	return time.Time{}
}
