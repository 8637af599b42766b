package maintenance

import (
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/life"
	"netmeshos/internal/phase"
)

// Node is what the supervisor needs of its node.
type Node interface {
	// RefuseEvents sets whether daemons refuse events from outside. When
	// RefuseEvents(true) has returned, every event that was accepted counts as waiting.
	RefuseEvents(refuse bool)
	// WakeWhenIdle sets whether the supervisor is woken when no daemon is busy any more.
	WakeWhenIdle(wake bool)
	// Publish shows a new state.
	Publish(phase.State)
	// Send sends control events to all daemons.
	Send([]control.Event)
	// ProbeAll requests a probe of all daemons.
	ProbeAll()
	// Daemons returns the state of the daemons. Healthy is only computed if since isn't
	// zero: all that are probed have reported since then that they are healthy.
	Daemons(since time.Time) Daemons
}

// Supervisor carries out the machine's decisions. Its owner calls one method at a time.
type Supervisor struct {
	machine *Machine
	node    Node
	hook    life.Hook
}

// NewSupervisor returns the supervisor of an active node.
func NewSupervisor(ramp time.Duration, node Node, hook life.Hook) *Supervisor {
	return &Supervisor{NewMachine(ramp), node, hook}
}

// State returns the phase and its times.
func (s *Supervisor) State() phase.State { return s.machine.State() }

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

// Exit starts the way back. Attend must follow soon.
func (s *Supervisor) Exit(now time.Time) *fault.Error {
	was := s.State().Phase
	events, err := s.machine.Exit(now)
	if err != nil {
		return err
	}
	s.node.WakeWhenIdle(true) // when all have answered their probes
	s.moved(was, events)
	s.node.RefuseEvents(false)
	s.node.ProbeAll() // don't wait for the next tick
	return nil
}

// Attend makes the transitions that are due. It returns when it must be called again even
// if nothing happens; zero: never.
func (s *Supervisor) Attend(now time.Time) (next time.Time) {
	for {
		was := s.State()
		var since time.Time
		if was.Phase == phase.ExitingMaintenance {
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

// moved publishes the new state and sends the control events.
func (s *Supervisor) moved(was phase.Phase, events []control.Event) {
	state := s.State()
	s.node.Publish(state)
	s.hook(life.MaintenanceChanged{From: was, To: state.Phase, Reason: state.Reason})
	s.node.Send(events)
}
