package meshos

import (
	"netmeshos/runtime/control"
	"netmeshos/runtime/host"
)

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

// Health is how a daemon says it feels.
type Health = host.Health

// The healths.
const (
	Healthy   = host.Healthy
	Degraded  = host.Degraded
	Unhealthy = host.Unhealthy
)

// Daemon is any value. The supervisor calls the methods of ControlReceiver,
// HealthReporter and SaturationReporter that it has.
type Daemon any

// ControlReceiver is a daemon that is told of each event which goes to its
// control mailbox.
type ControlReceiver interface{ OnControl(Event) }

// HealthReporter is a daemon that says each tick how it feels.
type HealthReporter interface{ Health() Health }

// SaturationReporter is a daemon that says each tick how busy it is, 0 to 1.
type SaturationReporter interface{ Saturation() float32 }

// goCallbacks carries the supervisor's calls to a Daemon.
type goCallbacks struct {
	control    ControlReceiver
	health     HealthReporter
	saturation SaturationReporter
}

func callbacksOf(d Daemon) host.Callbacks {
	var c goCallbacks
	c.control, _ = d.(ControlReceiver)
	c.health, _ = d.(HealthReporter)
	c.saturation, _ = d.(SaturationReporter)
	return &c
}

func (c *goCallbacks) Features() host.Features {
	var f host.Features
	if c.control != nil {
		f |= host.HasControl
	}
	if c.health != nil || c.saturation != nil {
		f |= host.HasProbe
	}
	return f
}

func (c *goCallbacks) Control(e Event) { c.control.OnControl(e) }

func (c *goCallbacks) Probe() host.Vitals {
	var v host.Vitals
	if c.health != nil {
		v.Health = c.health.Health()
	}
	if c.saturation != nil {
		v.Saturation = c.saturation.Saturation()
	}
	return v
}
