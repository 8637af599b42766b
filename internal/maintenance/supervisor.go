package maintenance

import (
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/view"
)

// Node is what the supervisor needs of its node.
type Node interface {
	// RefuseEvents says whether daemons refuse events from outside. Once it has
	// returned from true, no event is being taken that isn't counted as waiting.
	RefuseEvents(refuse bool)
	// WakeWhenIdle says whether the supervisor is woken when no daemon is busy.
	WakeWhenIdle(wake bool)
	// Publish shows a new state.
	Publish(view.MaintenanceState)
	// Send sends control events to all daemons.
	Send([]control.Event)
	// ProbeAll asks all daemons how they are.
	ProbeAll()
	// Daemons is how the daemons are. Healthy is computed where since isn't zero:
	// all that are probed have said since then that they are healthy.
	Daemons(since time.Time) Daemons
}

// Supervisor makes the machine's decisions real. Its owner calls one method at a
// time.
type Supervisor struct {
	machine *Machine
	node    Node
	hook    life.Hook
}

// NewSupervisor returns the supervisor of an active node.
func NewSupervisor(ramp time.Duration, node Node, hook life.Hook) *Supervisor {
	return &Supervisor{NewMachine(ramp), node, hook}
}

// State is the phase and its times.
func (s *Supervisor) State() view.MaintenanceState { return s.machine.State() }

// Enter starts a drain, which fails if it takes longer than drain. Attend must
// follow soon.
func (s *Supervisor) Enter(now time.Time, drain time.Duration) *fault.Error {
	was := s.State().Phase
	events, err := s.machine.Enter(now, drain)
	if err != nil {
		return err
	}
	s.node.RefuseEvents(true)
	s.moved(was, events)
	s.node.WakeWhenIdle(true)
	return nil
}

// Exit starts going back to work. Attend must follow soon.
func (s *Supervisor) Exit(now time.Time) *fault.Error {
	was := s.State().Phase
	events, err := s.machine.Exit(now)
	if err != nil {
		return err
	}
	s.node.WakeWhenIdle(true) // when all have answered their probes
	s.moved(was, events)
	s.node.RefuseEvents(false)
	s.node.ProbeAll() // now, not at the next tick
	return nil
}

// Attend takes the steps that are due. It returns when it must be called again even
// if nothing happens; zero: never.
func (s *Supervisor) Attend(now time.Time) (next time.Time) {
	for {
		was := s.State()
		var since time.Time
		if was.Phase == view.ExitingMaintenance {
			since = was.Since
		}
		events, moved := s.machine.Advance(now, s.node.Daemons(since))
		if !moved {
			return s.machine.Due()
		}
		s.node.WakeWhenIdle(false)
		s.moved(was.Phase, events)
	}
}

// moved shows the new state, and sends what daemons are to be told.
func (s *Supervisor) moved(was view.Phase, events []control.Event) {
	state := s.State()
	s.node.Publish(state)
	s.hook(life.MaintenanceChanged{From: was, To: state.Phase, Reason: state.Reason})
	s.node.Send(events)
}
