package life

import (
	"fmt"
	"time"

	"netmeshos/internal/amount"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/vitals"
)

// Daemon is the part that all life events of a daemon have in common.
type Daemon struct{ ID uint64 }

// Of implements Event.
func (d Daemon) Of() uint64 { return d.ID }

// Registered: the daemon has been registered.
type Registered struct {
	Daemon
	Name string
}

// Line implements Event.
func (Registered) Line() (logs.Level, string) { return logs.Info, "" }

// Stopped: the daemon accepts no events until it is restarted.
type Stopped struct{ Daemon }

// Line implements Event.
func (Stopped) Line() (logs.Level, string) { return logs.Info, "" }

// RestartedByHost: the host restarted a stopped or held daemon.
type RestartedByHost struct{ Daemon }

// Line implements Event.
func (RestartedByHost) Line() (logs.Level, string) { return logs.Info, "" }

// Ended: the daemon is no longer registered, and no callback of it will run.
type Ended struct{ Daemon }

// Line implements Event.
func (Ended) Line() (logs.Level, string) { return logs.Info, "" }

// Failed: process returned an error for an event.
type Failed struct {
	Daemon
	Time             time.Time
	Origin, Sequence uint64        // of the event
	Status           int32         // what process returned; for a Go daemon, a number in its place
	Error            string        // what a Go daemon returned, or panicked with; empty for one of C
	Restarts         bool          // the daemon is restarted; otherwise the event is skipped
	Stateless        bool          // there is no state to restore
	Wait             time.Duration // until the restart; 0: it is at once
}

// Line implements Event.
func (f Failed) Line() (logs.Level, string) {
	what := fmt.Sprintf("process returned %d for the event %d of %#x", f.Status, f.Sequence, f.Origin)
	if f.Error != "" {
		what = fmt.Sprintf("process failed with %q for the event %d of %#x", f.Error, f.Sequence, f.Origin)
	}
	if !f.Restarts {
		return logs.Warn, what + ", which is skipped"
	}
	what += ": the daemon is restarted"
	if f.Wait > 0 {
		what += fmt.Sprintf(" in %v", f.Wait.Round(time.Millisecond))
	}
	if f.Stateless {
		what += ", with the state that it has, because there is none to restore"
	}
	return logs.Warn, what
}

// Limit implements Limited.
func (f Failed) Limit() string {
	if f.Restarts {
		return "" // the waits between restarts limit them
	}
	return "skipped"
}

// Suppressed implements Limited.
func (Failed) Suppressed(others uint64) string {
	return fmt.Sprintf(", as %s been since the last such line", amount.Verb(others, "1 other has", fmt.Sprintf("%d others have", others)))
}

// BackedOff: the daemon is restarted after a failure, once it has been held. The restarts
// counter counts these, when the hold begins.
type BackedOff struct {
	Daemon
	For     time.Duration // 0: it is not held, and continues at once
	Looping bool          // because it crash-loops
}

// Line implements Event.
func (b BackedOff) Line() (logs.Level, string) {
	if !b.Looping {
		return logs.Info, "" // the failure's own line says so
	}
	return logs.Error, fmt.Sprintf("crash-looping: held for %v", b.For)
}

// StateRestored: the daemon got its last snapshot back.
type StateRestored struct {
	Daemon
	Bytes int // of the snapshot
}

// Line implements Event.
func (s StateRestored) Line() (logs.Level, string) {
	return logs.Info, fmt.Sprintf("restarted from the last snapshot of %s", amount.Of(s.Bytes, "byte"))
}

// StateUnused: there is a saved state of a daemon that has no restore callback.
type StateUnused struct{ Daemon }

// Line implements Event.
func (StateUnused) Line() (logs.Level, string) {
	return logs.Warn, "there is a saved state of this daemon, but no restore callback that could take it: the next state that is saved replaces it"
}

// RestoreFailed: the daemon rejected its last snapshot.
type RestoreFailed struct {
	Daemon
	Status int32
}

// Line implements Event.
func (r RestoreFailed) Line() (logs.Level, string) {
	return logs.Error, fmt.Sprintf("restore returned %d at a restart", r.Status)
}

// StateNotSaved: a state could not be taken or written; the one before is kept.
type StateNotSaved struct {
	Daemon
	Err error
}

// Line implements Event.
func (s StateNotSaved) Line() (logs.Level, string) {
	return logs.Error, fmt.Sprintf("the state could not be saved, and the one before is kept: %s", fault.Words(s.Err))
}

// Limit implements Limited.
func (StateNotSaved) Limit() string { return "state" }

// Suppressed implements Limited.
func (StateNotSaved) Suppressed(others uint64) string { return notShown(others) }

// Discarded: events will not be processed, because the daemon has been stopped.
type Discarded struct {
	Daemon
	Events int
	Late   bool // the events are outputs of other daemons that arrived after the stop
}

// Line implements Event.
func (d Discarded) Line() (logs.Level, string) {
	if d.Late {
		return logs.Debug, ""
	}
	return logs.Warn, fmt.Sprintf("stopped with %s waiting, which %s dropped", amount.Of(d.Events, "event"), amount.Verb(d.Events, "is", "are"))
}

// ControlDropped: a control event did not fit into the daemon's mailbox, for the first time.
type ControlDropped struct {
	Daemon
	Kind control.Kind
}

// Line implements Event.
func (c ControlDropped) Line() (logs.Level, string) {
	return logs.Warn, fmt.Sprintf("the control channel is full: %v was dropped, and so may others be: receive control events, or raise control_capacity", c.Kind)
}

// HealthChanged: a probe found a different health from the previous one.
type HealthChanged struct {
	Daemon
	From, To vitals.Health
}

// Line implements Event.
func (h HealthChanged) Line() (logs.Level, string) {
	level := logs.Info
	if h.To > h.From {
		level = logs.Warn
	}
	return level, fmt.Sprintf("health: %v, was %v", h.To, h.From)
}

// SaturationChanged: a probe found a saturation far enough from the one reported last.
type SaturationChanged struct {
	Daemon
	From, To float32
}

// Line implements Event.
func (s SaturationChanged) Line() (logs.Level, string) {
	return logs.Debug, fmt.Sprintf("saturation: %.2f, was %.2f", s.To, s.From)
}

// Overdue: a callback has been running for longer than the watchdog allows.
type Overdue struct {
	Daemon
	Name    string
	Running time.Duration
}

// Line implements Event.
func (o Overdue) Line() (logs.Level, string) {
	return logs.Error, fmt.Sprintf("a callback of daemon %q is overdue: it has run for %v", o.Name, o.Running.Round(time.Millisecond))
}

// OverdueReturned: a callback that was reported as Overdue has returned.
type OverdueReturned struct {
	Daemon
	Name string
	Took time.Duration
}

// Line implements Event.
func (o OverdueReturned) Line() (logs.Level, string) {
	return logs.Warn, fmt.Sprintf("the overdue callback of daemon %q has returned after %v", o.Name, o.Took.Round(time.Millisecond))
}

// CallbackFailed: a method of a Go daemon other than Process returned an error, or panicked.
type CallbackFailed struct {
	Daemon
	Method string
	Err    error
}

// Line implements Event.
func (c CallbackFailed) Line() (logs.Level, string) { return logs.Error, fault.Excerpt(c.Err) }

// Limit implements Limited.
func (c CallbackFailed) Limit() string { return c.Method }

// Suppressed implements Limited.
func (CallbackFailed) Suppressed(others uint64) string { return notShown(others) }

// OutputPanicked: the Go function that takes the outputs of all daemons panicked.
type OutputPanicked struct {
	Daemon
	Cause any
}

// Line implements Event.
func (o OutputPanicked) Line() (logs.Level, string) {
	return logs.Error, fmt.Sprintf("the output function panicked: %v", o.Cause)
}

// Limit implements Limited.
func (OutputPanicked) Limit() string { return "output function" }

// Suppressed implements Limited.
func (OutputPanicked) Suppressed(others uint64) string { return notShown(others) }

func notShown(others uint64) string {
	return fmt.Sprintf("; %s before it %s not shown", amount.Of(others, "other"), amount.Verb(others, "is", "are"))
}
