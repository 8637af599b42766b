package meshos

import "netmeshos/internal/fault"

// Error is the error of every failed call.
type Error = fault.Error

// Kind is the kind of an error.
type Kind = fault.Kind

// The kinds of errors.
const (
	KindInvalidArgument  = fault.InvalidArgument
	KindInvalidLogLevel  = fault.InvalidLogLevel
	KindAlreadyShutdown  = fault.AlreadyShutdown
	KindRegisterFailed   = fault.RegisterFailed
	KindQueueFull        = fault.QueueFull
	KindLoopClosed       = fault.LoopClosed
	KindShutdownFailed   = fault.ShutdownFailed
	KindNotFound         = fault.NotFound
	KindDraining         = fault.Draining
	KindStopped          = fault.Stopped
	KindBackingOff       = fault.BackingOff
	KindProcessFailed    = fault.ProcessFailed
	KindRestoreFailed    = fault.RestoreFailed
	KindStateInvalid     = fault.StateInvalid
	KindInvalidState     = fault.InvalidState
	KindTimeout          = fault.Timeout
	KindConfigInvalid    = fault.ConfigInvalid
	KindUnsupported      = fault.Unsupported
	KindMeshUnavailable  = fault.MeshUnavailable
	KindNodeIDTaken      = fault.NodeIDTaken
	KindAlreadyProcessed = fault.AlreadyProcessed
	KindOutOfMemory      = fault.OutOfMemory
	KindRuntimePanic     = fault.RuntimePanic
)

// KindCallbackFailed is the kind of a Snapshot that panicked. Only daemons in Go have it.
const KindCallbackFailed Kind = "callback_failed"

// asError returns a nil error for a nil *Error.
func asError(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}
