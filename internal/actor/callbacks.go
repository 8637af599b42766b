// Package actor runs one daemon: what waits for it, its callbacks one at a time and
// never after its end, and what happens when they fail.
package actor

import (
	"netmeshos/internal/control"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/vitals"
)

// Callbacks is what a daemon does. An actor never calls two of them at the same
// time. They may block: that delays this daemon alone.
type Callbacks interface {
	// Features says which of the optional callbacks the daemon has. It is called
	// once; what the daemon lacks is not called.
	Features() Features
	// Process handles the events of a batch, oldest first, as the workspace's
	// Request says, and fills its Result, which is empty.
	Process(event.Batch, *Workspace)
	// Snapshot returns the daemon's state; nil for none. The only error is
	// out_of_memory.
	Snapshot() ([]byte, *fault.Error)
	// Restore gives the daemon a state. A status other than 0 means that the daemon
	// did not take it.
	Restore(state []byte) (status int32)
	// OnControl tells the daemon of an event that was sent to its mailbox.
	OnControl(control.Event)
	// Probe asks how the daemon is.
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
	// Emit is called with events of one daemon and the workspace in which they were
	// processed, which has their outputs. It must not keep either.
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
