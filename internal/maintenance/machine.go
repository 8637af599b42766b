// Package maintenance takes a node into and out of maintenance: it drains the daemons,
// waits until they are idle, and later lets events in again.
package maintenance

import (
	"fmt"
	"strings"
	"time"

	"netmeshos/internal/amount"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/phase"
)

// Machine is a pure state machine. Its inputs are the time and the state of the daemons,
// its outputs the control events for all daemons.
type Machine struct {
	ramp  time.Duration // the length of Recovery
	state phase.State
}

// NewMachine returns the machine of an active node.
func NewMachine(ramp time.Duration) *Machine { return &Machine{ramp: ramp} }

// Daemons is the state of the daemons, as far as maintenance depends on it.
type Daemons struct {
	Idle    bool // no event waits and no callback runs
	Waiting uint64
	Busy    int             // daemons that have something to do
	Running func() []string // names of some daemons whose callbacks run; may be nil
	Healthy bool            // all have reported since the exit began that they are healthy
}

// State returns the phase and its times.
func (m *Machine) State() phase.State { return m.state }

// Enter starts a drain, which fails if it takes longer than drain.
func (m *Machine) Enter(now time.Time, drain time.Duration) ([]control.Event, *fault.Error) {
	switch m.state.Phase {
	case phase.Active, phase.Recovery:
	default:
		return nil, fault.New(fault.InvalidState, "the node is in the state %v and can't enter maintenance: exit it first", m.state.Phase)
	}
	m.state = phase.State{Phase: phase.EnteringMaintenance, Since: now, Deadline: now.Add(drain)}
	return []control.Event{{Kind: control.DrainStart, GraceMS: uint64(drain.Milliseconds())}}, nil
}

// Exit starts the way back. It aborts a drain that is under way.
func (m *Machine) Exit(now time.Time) ([]control.Event, *fault.Error) {
	var send []control.Event
	switch m.state.Phase {
	case phase.EnteringMaintenance:
		send = []control.Event{{Kind: control.DrainFinish}}
	case phase.Maintenance, phase.DrainFailed:
	default:
		return nil, fault.New(fault.InvalidState, "the node is in the state %v and not in maintenance: enter it first", m.state.Phase)
	}
	m.state = phase.State{Phase: phase.ExitingMaintenance, Since: now}
	return send, nil
}

// Advance makes the transition that is due, and reports whether there was one.
func (m *Machine) Advance(now time.Time, d Daemons) ([]control.Event, bool) {
	finish := []control.Event{{Kind: control.DrainFinish}}
	switch m.state.Phase {
	case phase.EnteringMaintenance:
		if d.Idle {
			m.state = phase.State{Phase: phase.Maintenance, Since: now}
			return finish, true
		}
		if !now.Before(m.state.Deadline) {
			m.state = phase.State{Phase: phase.DrainFailed, Since: now, Reason: d.reason()}
			return finish, true
		}
	case phase.ExitingMaintenance:
		if d.Healthy {
			m.state = phase.State{Phase: phase.Recovery, Since: now}
			return nil, true
		}
	case phase.Recovery:
		if now.Sub(m.state.Since) >= m.ramp {
			m.state = phase.State{}
			return nil, true
		}
	}
	return nil, false
}

// reason says why the daemons were not drained in time.
func (d Daemons) reason() string {
	reason := fmt.Sprintf("when the time was over, %s %s waiting and %s had something to do",
		amount.Of(d.Waiting, "event"), amount.Verb(d.Waiting, "was", "were"), amount.Of(d.Busy, "daemon"))
	if d.Running == nil {
		return reason
	}
	if names := d.Running(); len(names) > 0 {
		reason += "; callbacks ran of " + strings.Join(names, ", ")
	}
	return reason
}

// Due returns when Advance must be called even if nothing happens; zero: never.
func (m *Machine) Due() time.Time {
	switch m.state.Phase {
	case phase.EnteringMaintenance:
		return m.state.Deadline
	case phase.Recovery:
		return m.state.Since.Add(m.ramp)
	}
	return time.Time{}
}
