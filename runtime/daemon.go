package meshos

import (
	"netmeshos/internal/control"
	"netmeshos/internal/event"
	"netmeshos/internal/vitals"
)

// InboundEvent is one event for a daemon.
type InboundEvent = event.Event

// Event is a control event, and ControlKind its kind.
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

// Health is the health that a daemon reports.
type Health = vitals.Health

// The values of Health.
const (
	Healthy   = vitals.Healthy
	Degraded  = vitals.Degraded
	Unhealthy = vitals.Unhealthy
)

// Daemon processes events. If it also has the methods of Snapshotter, Restorer,
// ControlReceiver, HealthReporter or SaturationReporter, the supervisor calls them too. No
// two methods of one daemon ever run at the same time. A panic in a method is recovered
// and counts as a failure. So does runtime.Goexit in Process, but nothing stops it: the
// goroutine ends, which may be that of a caller of Deliver or Flush. No other method may call
// it, nor may an output function.
type Daemon interface {
	// Process handles one event, whose payload is valid during the call. emit adds an
	// output, of which it makes a copy. It may be called on any goroutine, but does nothing
	// once Process has returned. If Process returns an error, the outputs are discarded.
	Process(e InboundEvent, emit func(payload []byte)) error
}

// Snapshotter is a daemon that can return its state. An empty slice is a state. nil is
// none: the state taken before stays the one that a failure goes back to, and a log line
// says so; and so it is after a panic. The daemon must not change the returned slice
// afterwards.
type Snapshotter interface{ Snapshot() []byte }

// Restorer is a daemon that can be given a state, which is valid during the call.
type Restorer interface{ Restore(state []byte) error }

// ControlReceiver is a daemon whose OnControl is called with each control event that is
// sent to it. The event also goes to the mailbox.
type ControlReceiver interface{ OnControl(Event) }

// HealthReporter is a daemon that reports its health at each tick.
type HealthReporter interface{ Health() Health }

// SaturationReporter is a daemon that reports at each tick how busy it is, from 0 to 1.
type SaturationReporter interface{ Saturation() float32 }
