// Package backpressure sends daemons control events when too many events wait in the
// inboxes of a node.
package backpressure

import (
	"math"

	"netmeshos/internal/control"
)

// Config says when backpressure is turned on and off.
type Config struct {
	Capacity uint64 // of one inbox: the level is a share of it; at least 1
	On       uint64 // this many waiting events turn it on
	Off      uint64 // fewer than this many turn it off; at most On
}

// levelSteps is the number of steps that the capacity is divided into. The level is sent
// again when it has moved by one step.
const levelSteps = 10

// Machine decides which control events to send. It is a pure state machine. It counts
// events rather than shares, so that a move by exactly one step is recognised for every
// capacity.
type Machine struct {
	config Config
	on     bool
	sent   uint64 // the number of waiting events at the level sent last, at most the capacity
}

// NewMachine returns a machine that is off.
func NewMachine(config Config) *Machine { return &Machine{config: config} }

// State reports whether backpressure is on, and the level sent last.
func (m *Machine) State() (on bool, level float32) { return m.on, m.level() }

func (m *Machine) level() float32 {
	return float32(float64(m.sent) / float64(m.config.Capacity))
}

// step returns how many events make one step of the level, rounded up.
func (m *Machine) step() uint64 { return (m.config.Capacity-1)/levelSteps + 1 }

// Update gets the number of events that wait, and the most that waited since the last
// update. It returns the control events to send, in order.
func (m *Machine) Update(waiting, peak uint64) []control.Event {
	var send []control.Event
	if !m.on && peak >= m.config.On || m.on && min(peak, m.config.Capacity) >= m.sent+m.step() {
		send = append(send, m.turnOn(peak))
	}
	switch {
	case !m.on:
	case waiting < m.config.Off:
		m.on, m.sent = false, 0
		send = append(send, control.Event{Kind: control.BackpressureOff})
	case min(waiting, m.config.Capacity)+m.step() <= m.sent:
		send = append(send, m.turnOn(waiting))
	}
	return send
}

func (m *Machine) turnOn(waiting uint64) control.Event {
	m.on, m.sent = true, min(waiting, m.config.Capacity)
	return control.Event{Kind: control.BackpressureOn, Level: m.level()}
}

// Bounds returns the range of waiting events, from included and to excluded, for which
// Update has nothing to send.
func (m *Machine) Bounds() (from, to uint64) {
	if !m.on {
		return 0, m.config.On
	}
	from, to = m.config.Off, m.sent+m.step()
	if m.sent >= m.step() {
		from = max(from, m.sent-m.step()+1)
	}
	if to > m.config.Capacity { // the level is at most 1
		to = math.MaxUint64
	}
	return from, to
}
