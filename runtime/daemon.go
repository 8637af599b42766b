package meshos

import (
	"netmeshos/internal/control"
	"netmeshos/internal/event"
	"netmeshos/internal/vitals"
)

// InboundEvent is one event for a daemon.
type InboundEvent = event.Event

// Event is a control event, and ControlKind says which.
type (
	Event       = control.Event
	ControlKind = control.Kind
)

// The kinds of control events.
const (
	ControlNone            = control.None
	ControlShutdown        = control.Shutdown
	ControlDrainStart      = control.DrainStart
	ControlDrainFinish     = control.DrainFinish
	ControlBackpressureOn  = control.BackpressureOn
	ControlBackpressureOff = control.BackpressureOff
)

// Health is how a daemon says it is.
type Health = vitals.Health

// The healths.
const (
	Healthy   = vitals.Healthy
	Degraded  = vitals.Degraded
	Unhealthy = vitals.Unhealthy
)

// Daemon processes events. The supervisor also calls the methods of Snapshotter,
// Restorer, ControlReceiver, HealthReporter and SaturationReporter that it has. No two
// methods of one daemon ever run at the same time. A method that panics has failed; the
// panic goes no further.
type Daemon interface {
	// Process handles one event, whose payload is valid during the call. What it emits
	// is copied at once, on any goroutine, and dropped if it returns an error; once it
	// has returned, emit does nothing.
	Process(e InboundEvent, emit func(payload []byte)) error
}

// Snapshotter is a daemon whose state can be taken; nil is none. The daemon must not
// change what it has returned.
type Snapshotter interface{ Snapshot() []byte }

// Restorer is a daemon that takes a state back, which is valid during the call.
type Restorer interface{ Restore(state []byte) error }

// ControlReceiver is a daemon that is told of each control event which is sent to its
// mailbox.
type ControlReceiver interface{ OnControl(Event) }

// HealthReporter is a daemon that says at each tick how it is.
type HealthReporter interface{ Health() Health }

// SaturationReporter is a daemon that says at each tick how busy it is, 0 to 1.
type SaturationReporter interface{ Saturation() float32 }
