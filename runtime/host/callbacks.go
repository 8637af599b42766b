// Package host owns the life of one daemon: what waits for it, and that its
// callbacks run one at a time, never after it has stopped.
package host

import "netmeshos/runtime/control"

// Callbacks is what a daemon does. A host never calls two of them at the same
// time. They may block: that delays this daemon alone.
type Callbacks interface {
	// Features says which of the other methods are worth calling. It is asked
	// once.
	Features() Features
	// Control tells the daemon of an event that went to its mailbox.
	Control(control.Event)
	// Probe asks how the daemon is.
	Probe() Vitals
}

// Features is a set of optional callbacks.
type Features uint8

// The optional callbacks.
const (
	HasControl Features = 1 << iota
	HasProbe
)

// Health is how a daemon says it feels. The numbers are those of the
// NET_MESHOS_HEALTH_ constants of net_meshos.h.
type Health int32

// The healths.
const (
	Healthy   Health = 0
	Degraded  Health = 1
	Unhealthy Health = 2
)

var healthNames = [...]string{"healthy", "degraded", "unhealthy"}

func (h Health) String() string {
	if h < 0 || int(h) >= len(healthNames) {
		return healthNames[Healthy]
	}
	return healthNames[h]
}

// Vitals is what a probe finds.
type Vitals struct {
	Health     Health
	Saturation float32 // 0 to 1
}

// Normal returns v with an unknown health taken as Healthy and the saturation
// clamped to 0..1, a NaN to 0.
func (v Vitals) Normal() Vitals {
	if v.Health < Healthy || v.Health > Unhealthy {
		v.Health = Healthy
	}
	switch {
	case !(v.Saturation > 0):
		v.Saturation = 0
	case v.Saturation > 1:
		v.Saturation = 1
	}
	return v
}

// None is a daemon that does nothing.
type None struct{}

// Features implements Callbacks.
func (None) Features() Features { return 0 }

// Control implements Callbacks.
func (None) Control(control.Event) {}

// Probe implements Callbacks.
func (None) Probe() Vitals { return Vitals{} }
