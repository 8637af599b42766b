// Package meshed is what a node and its mesh say to each other: what the mesh asks of a
// daemon that is registered here, what it asks of the node, and what it shows of a daemon.
// It has no network code, and both sides import it.
package meshed

import (
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// Daemon is a registered daemon as the mesh drives it. The daemon's callbacks run one at a
// time, on workers of the node's pool. All methods are safe from any goroutine, and those
// that run callbacks return when these have returned.
type Daemon interface {
	ID() uint64
	Name() string
	HasSnapshot() bool
	HasRestore() bool

	// Step has the daemon process a batch, in order with whatever else wants its token. first
	// is the number that the first output gets. The outputs go to nobody: the result has
	// copies. See Stepped for a batch that ends early.
	//
	// Errors, after which nothing was processed: stopped (also: the daemon has ended),
	// backing_off (it crash-loops), ErrHeld. The node says Resumed when to try again.
	Step(in event.Batch, first uint64) (Stepped, *fault.Error)
	// Seal calls commit with the daemon's state, nil for a daemon without snapshot or whose snapshot gives nothing, and
	// nothing else of the daemon runs until commit has returned. If that is without an error,
	// a restart restores this state; the error is the cause of Seal's otherwise. A daemon that is
	// stopped or held is sealed as well. Errors: stopped (it has ended), out_of_memory (the snapshot
	// failed, and commit was not called), invalid_state (of commit).
	Seal(commit func(state []byte) error) *fault.Error
	// Reset gives the daemon a committed state; nil means none: a daemon that has restore is
	// given an empty state if it has processed or been given anything. hold: if the daemon doesn't take it, it is held as
	// after a failure of process, and the node says Resumed when to try again. Errors: stopped (it has ended), restore_failed.
	Reset(state []byte, hold bool) *fault.Error
	// Refusal says why the daemon takes no events from outside now; nil: it takes them.
	Refusal() *fault.Error
	// IsStopping reports whether the daemon is being stopped, and its grace time runs.
	IsStopping() bool
	// Waits says that so many more events wait for the daemon on this node; fewer, if it is negative.
	// It doesn't block.
	Waits(events int)
	// Emit passes stored outputs to the node's output function, and returns when that has
	// returned. causes has the event that emitted each output.
	Emit(outputs event.Batch, causes []event.Meta)
	// Sinks reports whether somebody on the node takes outputs after their commit.
	Sinks() bool

	// SetStopped has the daemon stopped or not, as it was on the node that has run it. The daemon isn't told.
	SetStopped(stopped bool)
	// StopLocal and RestartLocal are Node.StopDaemon and Node.RestartDaemon for a daemon of
	// this node.
	StopLocal(graceMS uint64) *fault.Error
	RestartLocal() *fault.Error
	Capabilities() []string
	// Health is what the daemon reported at the last tick: a vitals.Health.
	Health() uint8
}

// ErrHeld: the daemon is held for a while after a failure.
var ErrHeld = fault.New(fault.BackingOff, "the daemon is held for a while after a failure")

// Stepped is the outcome of a Step.
type Stepped struct {
	Handled  int         // how many events were processed, failed ones included
	Outputs  event.Batch // of the events that did not fail, with the daemon's id and their numbers
	Causes   []uint32    // for each output, the index of the event that emitted it
	Failures []Failure
	Starved  bool // there was no memory for the event after the last one that was handled: try again later
}

// Failure is an event of a batch that failed. With on_process_failure "restart" the batch
// ends with it, and the daemon must be Reset before its next Step.
type Failure struct {
	Index  uint32
	Status int32
	Err    error // why a Go daemon failed; nil for one of C, which has only a status
	Lost   bool  // it was processed, but there was no memory for its outputs
}

// DaemonView is what only the mesh knows about a registered daemon.
type DaemonView struct {
	Standby   bool     // another node runs it
	Away      bool     // with events "direct": what is posted has to be stored, as it can't go straight to the inbox now
	Node      uint64   // that runs it; 0: none
	Standbys  []uint64 // nodes that would take over, in their order
	Committed uint64   // sequence of the last commit; 0: none
	Waiting   uint64   // events that are stored and not processed, as far as this node has seen them
	Dead      uint64   // dead letters since this node has run it
	Foreign   uint64   // messages on its subjects that this node has passed over, as they are not the mesh's
	WaitsFor  uint64   // the subscriber that is too far behind, so that the daemon processes nothing; 0: none
	To        []uint64 // ids of the subscribers, ascending
}
