// Package fault owns the runtime's error type: a kind that programs branch on, and a
// message for people.
package fault

import "fmt"

// Kind says what kind of error it is. Its text is stable; the C ABI reports it through
// net_meshos_last_error_kind.
type Kind string

// The kinds that the runtime reports.
const (
	InvalidArgument  Kind = "invalid_argument"  // an argument is invalid, whatever the state
	InvalidLogLevel  Kind = "invalid_log_level" // a log level outside Trace..Error
	AlreadyShutdown  Kind = "already_shutdown"  // the SDK or the handle has been consumed
	RegisterFailed   Kind = "register_failed"   // the daemon id is registered already
	QueueFull        Kind = "queue_full"        // a bounded queue has no room; try again later
	LoopClosed       Kind = "loop_closed"       // the supervisor no longer runs
	ShutdownFailed   Kind = "shutdown_failed"   // a callback outlived the time it was given
	NotFound         Kind = "not_found"         // no daemon with this id is registered
	Draining         Kind = "draining"          // the node is in maintenance and takes no events
	Stopped          Kind = "stopped"           // the daemon has been stopped
	BackingOff       Kind = "backing_off"       // the daemon crash-loops and is held
	ProcessFailed    Kind = "process_failed"    // the daemon could not process the event
	RestoreFailed    Kind = "restore_failed"    // the daemon rejected the state
	StateInvalid     Kind = "state_invalid"     // the saved state can't be used
	InvalidState     Kind = "invalid_state"     // the call makes no sense now
	Timeout          Kind = "timeout"           // the wait did not end in time
	ConfigInvalid    Kind = "config_invalid"    // the configuration file can't be used
	Unsupported      Kind = "unsupported"       // this edition of the library can't do it
	MeshUnavailable  Kind = "mesh_unavailable"  // the servers of the mesh can't be reached or used
	NodeIDTaken      Kind = "node_id_taken"     // a live node of the mesh has this id
	AlreadyProcessed Kind = "already_processed" // the daemon has processed this event, and its outputs are no longer known
	OutOfMemory      Kind = "out_of_memory"     // there is no memory for the call
	RuntimePanic     Kind = "runtime_panic"     // a defect, or a value that no machine can handle
)

// Error is the error of every failed call of the runtime.
type Error struct {
	Kind    Kind
	Message string // what is wrong and what to do about it
	Cause   error  // may be nil
}

// New returns an Error with a formatted message. An operand wrapped with %w
// becomes its cause.
func New(kind Kind, format string, args ...any) *Error {
	formatted := fmt.Errorf(format, args...)
	e := &Error{Kind: kind, Message: formatted.Error()}
	if wrapper, ok := formatted.(interface{ Unwrap() error }); ok {
		e.Cause = wrapper.Unwrap()
	}
	return e
}

func (e *Error) Error() string { return string(e.Kind) + ": " + e.Message }

// Words returns what an error says without its kind, for a message that has one of its own.
func Words(err error) string {
	if e, ok := err.(*Error); ok { //nolint:errorlint // what wraps it has words of its own
		return e.Message
	}
	return err.Error()
}

// Unwrap returns the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error of the same kind, so that
// errors.Is(err, &fault.Error{Kind: fault.QueueFull}) asks for the kind alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind
}
