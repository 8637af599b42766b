// Package maintenance takes a node out of work and back: it has the daemons
// drained, waits until they are through, and lets them in again.
package maintenance

import (
	"fmt"
	"strings"
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/view"
)

// Machine is a pure state machine: the time and what must be known of the daemons
// come in, the control events for all daemons come out.
type Machine struct {
	ramp  time.Duration // how long Recovery lasts
	state view.MaintenanceState
}

// NewMachine returns the machine of an active node.
func NewMachine(ramp time.Duration) *Machine { return &Machine{ramp: ramp} }

// Daemons is what must be known of the daemons.
type Daemons struct {
	Idle    bool // no event waits and no callback runs
	Waiting uint64
	Busy    int             // daemons that have something to do
	Running func() []string // names of some whose callbacks run; may be nil
	Healthy bool            // all have said since the exit began that they are healthy
}

// State is the phase and its times.
func (m *Machine) State() view.MaintenanceState { return m.state }

// Enter starts draining. The drain fails if it takes longer than drain.
func (m *Machine) Enter(now time.Time, drain time.Duration) ([]control.Event, *fault.Error) {
	switch m.state.Phase {
	case view.Active, view.Recovery:
	default:
		return nil, fault.New(fault.InvalidState, "the node is in the state %v and can't enter maintenance: exit it first", m.state.Phase)
	}
	m.state = view.MaintenanceState{Phase: view.EnteringMaintenance, Since: now, Deadline: now.Add(drain)}
	return []control.Event{{Kind: control.DrainStart, GraceMS: uint64(drain.Milliseconds())}}, nil
}

// Exit starts going back to work. A drain that is under way is given up.
func (m *Machine) Exit(now time.Time) ([]control.Event, *fault.Error) {
	var send []control.Event
	switch m.state.Phase {
	case view.EnteringMaintenance:
		send = []control.Event{{Kind: control.DrainFinish}}
	case view.Maintenance, view.DrainFailed:
	default:
		return nil, fault.New(fault.InvalidState, "the node is in the state %v and not in maintenance: enter it first", m.state.Phase)
	}
	m.state = view.MaintenanceState{Phase: view.ExitingMaintenance, Since: now}
	return send, nil
}

// Advance takes the step that is due, if there is one, and reports whether it took
// one.
func (m *Machine) Advance(now time.Time, d Daemons) ([]control.Event, bool) {
	finish := []control.Event{{Kind: control.DrainFinish}}
	switch m.state.Phase {
	case view.EnteringMaintenance:
		if d.Idle {
			m.state = view.MaintenanceState{Phase: view.Maintenance, Since: now}
			return finish, true
		}
		if !now.Before(m.state.Deadline) {
			m.state = view.MaintenanceState{Phase: view.DrainFailed, Since: now, Reason: d.reason()}
			return finish, true
		}
	case view.ExitingMaintenance:
		if d.Healthy {
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

// reason says what kept the daemons from being drained in time.
func (d Daemons) reason() string {
	reason := fmt.Sprintf("when the time was over, %d events were waiting and %d daemons had something to do", d.Waiting, d.Busy)
	if d.Running == nil {
		return reason
	}
	if names := d.Running(); len(names) > 0 {
		reason += "; callbacks ran of " + strings.Join(names, ", ")
	}
	return reason
}

// Due is when Advance must be called even if nothing happens; zero: never.
func (m *Machine) Due() time.Time {
	switch m.state.Phase {
	case view.EnteringMaintenance:
		return m.state.Deadline
	case view.Recovery:
		return m.state.Since.Add(m.ramp)
	}
	return time.Time{}
}
