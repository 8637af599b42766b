// Package actor runs one daemon. It queues the daemon's events, runs its callbacks one
// at a time and never after its end, and restarts it when a callback fails.
package actor

import (
	"netmeshos/internal/control"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/vitals"
)

// Callbacks are the functions of a daemon. An actor never calls two of them at the same
// time. They may block, which delays only this daemon.
type Callbacks interface {
	// Features says which of the optional callbacks the daemon has. It is called
	// once. Callbacks that the daemon lacks are not called.
	Features() Features
	// Process handles the events of a batch, oldest first, as the workspace's
	// Request says, and fills its Result, which is empty.
	Process(event.Batch, *Workspace)
	// Snapshot returns the daemon's state; nil if the daemon gave nothing. An empty state
	// isn't nil.
	Snapshot() ([]byte, *fault.Error)
	// Restore gives the daemon a state. A status other than 0 means that the daemon
	// rejected it.
	Restore(state []byte) (status int32)
	// OnControl is called with each control event that was sent to the daemon.
	OnControl(control.Event)
	// Probe asks for the daemon's health and saturation.
	Probe() vitals.Vitals
}

// Features is a set of optional callbacks.
type Features uint8

// The optional callbacks.
const (
	HasControl Features = 1 << iota
	HasProbe
	HasSnapshot
	HasRestore
)

// Sink takes outputs.
type Sink interface {
	// Emit is called with a batch of one daemon's events and the workspace that holds
	// their outputs. It must not keep either.
	Emit(in event.Batch, w *Workspace)
}

// None is a daemon without callbacks.
type None struct{}

// Features implements Callbacks.
func (None) Features() Features { return 0 }

// Process implements Callbacks.
func (None) Process(in event.Batch, w *Workspace) { w.Result.Handled = in.Len() }

// Snapshot implements Callbacks.
func (None) Snapshot() ([]byte, *fault.Error) { return nil, nil }

// Restore implements Callbacks.
func (None) Restore([]byte) int32 { return 0 }

// OnControl implements Callbacks.
func (None) OnControl(control.Event) {}

// Probe implements Callbacks.
func (None) Probe() vitals.Vitals { return vitals.Vitals{} }
