// Package host owns the life of one daemon: the events and other things that
// wait for it, that its callbacks run one at a time and never after it has
// stopped, and what happens when they fail.
package actor

import (
	"time"

	"netmeshos/internal/control"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// Callbacks is what a daemon does. A host never calls two of them at the same
// time. They may block: that delays this daemon alone.
type Callbacks interface {
	// Features says which of the optional callbacks the daemon has. It is
	// asked once; what it lacks is not called.
	Features() Features
	// Process handles events, oldest first, as the desk's Order says, and puts
	// into its Done, which is empty, what became of them.
	Process(event.Parcel, *Desk)
	// Snapshot returns the daemon's state, nil for none, or why it could not be
	// taken.
	Snapshot() ([]byte, *fault.Error)
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
	FirstOutput   uint64 // the sequence number of the first output
	Keep          bool   // the outputs are to be returned as a parcel
	Show          bool   // the outputs are to be there for Sink.Emit
	Each          Each   // is given the outputs of each event when it is done
	StopOnFailure bool   // a failed event is the last of the batch
	Began         Began  // when the batch began
}

// Began is a time of the clock that Now shows. A rough one may be some
// milliseconds early, and says that only what takes longer is to be timed.
type Began struct {
	At    time.Duration
	Rough bool
}

// Each is where the outputs of one Deliver go: to a sink, or to a function of a
// kind that the callbacks know.
type Each struct {
	Sink    Sink
	Fn, Ctx uintptr
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

// reset empties it and keeps its memory, but for what others may look at.
func (p *Processed) reset() {
	p.Handled, p.Emitted = 0, 0
	p.Outputs = event.Parcel{}
	p.Causes = p.Causes[:0]
	p.Failures = p.Failures[:0]
	p.Times = p.Times[:0]
}

// Failed is an event of a batch that was not processed.
type Failed struct {
	Index    uint32
	Status   int32
	NoMemory bool // process was not called, or there was no room for its outputs
}

// Sample says how long events took: each of Count of them Took.
type Sample struct {
	Took  time.Duration
	Count uint32
}

// Sink is where outputs go.
type Sink interface {
	// Emit is called with events of one daemon and the desk at which it has
	// processed them, which has their outputs; it must not keep them.
	Emit(in event.Parcel, at *Desk)
}

// None is a daemon that does nothing.
type None struct{}

// Features implements Callbacks.
func (None) Features() Features { return 0 }

// Process implements Callbacks.
func (None) Process(in event.Parcel, d *Desk) { d.Done.Handled = in.Len() }

// Snapshot implements Callbacks.
func (None) Snapshot() ([]byte, *fault.Error) { return nil, nil }

// Restore implements Callbacks.
func (None) Restore([]byte) int32 { return 0 }

// Control implements Callbacks.
func (None) Control(control.Event) {}

// Probe implements Callbacks.
func (None) Probe() Vitals { return Vitals{} }
