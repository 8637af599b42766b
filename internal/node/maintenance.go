package node

import (
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/maintenance"
	"netmeshos/internal/phase"
	"netmeshos/internal/vitals"
)

// EnterMaintenance starts a drain: it sends all daemons DrainStart and refuses new events.
// Once all waiting events are processed, the node is in Maintenance. The drain fails after
// drainMS milliseconds; 0 means the configured time. Errors: already_shutdown,
// invalid_state.
func (n *Node) EnterMaintenance(drainMS uint64) *fault.Error {
	if drainMS == 0 {
		drainMS = n.config.DrainDeadlineMS
	}
	return n.maintain(func(s *maintenance.Supervisor) *fault.Error { return s.Enter(time.Now(), clock.Milliseconds(drainMS)) })
}

// ExitMaintenance brings the node back: it accepts events again. Once all daemons have
// reported that they are healthy, the node is in Recovery, and after the ramp time it is
// Active. Errors: already_shutdown, invalid_state.
func (n *Node) ExitMaintenance() *fault.Error {
	return n.maintain(func(s *maintenance.Supervisor) *fault.Error { return s.Exit(time.Now()) })
}

func (n *Node) maintain(do func(*maintenance.Supervisor) *fault.Error) *fault.Error {
	n.state.Lock()
	defer n.state.Unlock()
	if n.IsDown() {
		return errDown
	}
	if err := do(n.maintenance); err != nil {
		return err
	}
	n.loop.wake()
	return nil
}

// isDraining reports whether a drain is under way.
func (n *Node) isDraining() bool {
	return n.seen.Load().Maintenance.Phase == phase.EnteringMaintenance
}

// maintenanceNode implements maintenance.Node. Its methods need state held.
type maintenanceNode Node

// RefuseEvents implements maintenance.Node.
func (m *maintenanceNode) RefuseEvents(refuse bool) {
	m.posting.Lock() // posts that were checked before are the mesh's
	m.env.Draining.Store(refuse)
	m.posting.Unlock()
	if m.mesh != nil {
		(*Node)(m).drainMesh(refuse)
	}
	if refuse {
		for _, d := range (*Node)(m).all() {
			d.actor.Barrier()
		}
	}
}

// WakeWhenIdle implements maintenance.Node.
func (m *maintenanceNode) WakeWhenIdle(wake bool) { m.env.Activity.WakeWhenIdle(wake) }

// Publish implements maintenance.Node.
func (m *maintenanceNode) Publish(state phase.State) {
	seen := *m.seen.Load()
	seen.Maintenance = state
	m.seen.Store(&seen)
}

// Send implements maintenance.Node.
func (m *maintenanceNode) Send(events []control.Event) {
	for _, e := range events {
		(*Node)(m).sendAll(e)
	}
}

// ProbeAll implements maintenance.Node.
func (m *maintenanceNode) ProbeAll() { (*Node)(m).probeAll() }

// Daemons implements maintenance.Node.
func (m *maintenanceNode) Daemons(since time.Time) maintenance.Daemons {
	busy := m.env.Activity.BusyOrLent() // none is lent while events are refused
	return maintenance.Daemons{
		Idle:    m.env.Activity.Working() == 0 && (*Node)(m).isHandedOver(),
		Waiting: m.env.Gauge.Waiting(),
		Busy:    busy,
		Running: func() []string { return m.env.Watchdog.Running(3) },
		Healthy: !since.IsZero() && m.healthySince(since),
	}
}

// healthySince reports whether all daemons that are probed have reported since then that
// they are healthy. Daemons that are stopped or ended are not probed.
func (m *maintenanceNode) healthySince(since time.Time) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for d := range m.probed {
		if !d.actor.Probed() {
			continue
		}
		if found, at := d.actor.Vitals(); found.Health != vitals.Healthy || at.Before(since) {
			return false
		}
	}
	return true
}
