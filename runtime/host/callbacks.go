// Package host owns the life of one daemon: the events and other things that
// wait for it, that its callbacks run one at a time and never after it has
// stopped, and what happens when they fail.
package host

import (
	"time"

	"netmeshos/runtime/control"
	"netmeshos/runtime/event"
)

// Callbacks is what a daemon does. A host never calls two of them at the same
// time. They may block: that delays this daemon alone.
type Callbacks interface {
	// Features says which of the optional callbacks the daemon has. It is
	// asked once; what it lacks is not called.
	Features() Features
	// Process handles events, oldest first.
	Process(event.Parcel, Order) Processed
	// Snapshot returns the daemon's state; nil for none.
	Snapshot() []byte
	// Restore takes a state; a status other than 0 means that it did not.
	Restore(state []byte) int32
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
	HasSnapshot
	HasRestore
)

// Order says how a batch is to be processed.
type Order struct {
	DaemonID      uint64
	FirstOutput   uint64   // the sequence number of the first output
	Keep          bool     // the outputs are to be returned
	Each          Sink     // is given the outputs of each event when it is done; may be nil
	StopOnFailure bool     // a failed event is the last of the batch
	Times         []Sample // empty; memory for those of Processed
}

// Processed says what became of a batch.
type Processed struct {
	Handled  int          // so many events from the first on, failed ones included; at least one
	Emitted  int          // outputs of the events that did not fail
	Outputs  event.Parcel // the same if they were to be kept: origin is the daemon, sequence the output's number
	Causes   []uint32     // for each of Outputs, which event of the batch it comes from
	Failures []Failed
	Times    []Sample
}

// Failed is an event of a batch that was not processed.
type Failed struct {
	Index  uint32
	Status int32
}

// Sample says how long events took: each of Count of them Took.
type Sample struct {
	Took  time.Duration
	Count uint32
}

// Sink is where outputs go.
type Sink interface {
	// Emit is called with outputs of one daemon, in order, the events that
	// they come from, and which comes from which; it must not keep them.
	Emit(from Callbacks, in, out event.Parcel, causes []uint32)
}

// None is a daemon that does nothing.
type None struct{}

// Features implements Callbacks.
func (None) Features() Features { return 0 }

// Process implements Callbacks.
func (None) Process(in event.Parcel, _ Order) Processed { return Processed{Handled: in.Len()} }

// Snapshot implements Callbacks.
func (None) Snapshot() []byte { return nil }

// Restore implements Callbacks.
func (None) Restore([]byte) int32 { return 0 }

// Control implements Callbacks.
func (None) Control(control.Event) {}

// Probe implements Callbacks.
func (None) Probe() Vitals { return Vitals{} }
