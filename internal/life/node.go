package life

import (
	"fmt"

	"netmeshos/internal/amount"
	"netmeshos/internal/logs"
	"netmeshos/internal/phase"
)

// Node is the part that all life events of a node have in common.
type Node struct{}

// Of implements Event.
func (Node) Of() uint64 { return 0 }

// MaintenanceChanged: the node has gone from one phase of maintenance to another.
type MaintenanceChanged struct {
	Node
	From, To phase.Phase
	Reason   string // of a drain that failed
}

// Line implements Event.
func (m MaintenanceChanged) Line() (logs.Level, string) {
	line := fmt.Sprintf("maintenance: %v, was %v", m.To, m.From)
	if m.Reason != "" {
		line += ": " + m.Reason
	}
	if m.To == phase.DrainFailed {
		return logs.Error, line
	}
	return logs.Info, line
}

// BackpressureOn: too many events wait, or the level has changed.
type BackpressureOn struct {
	Node
	Level   float32 // 0 to 1
	Waiting uint64  // events
	Still   bool    // it was turned on a while ago, when a line would have come too soon after another
	Quiet   bool    // don't log: the previous line is too recent
}

// Line implements Event.
func (b BackpressureOn) Line() (logs.Level, string) {
	switch {
	case b.Quiet:
		return logs.Warn, ""
	case b.Still:
		return logs.Warn, fmt.Sprintf("backpressure on, level %.2f: %s %s waiting", b.Level, amount.Of(b.Waiting, "event"), amount.Verb(b.Waiting, "is", "are"))
	}
	return logs.Warn, fmt.Sprintf("backpressure on, level %.2f: %s %s waiting", b.Level, amount.Of(b.Waiting, "event"), amount.Verb(b.Waiting, "was", "were"))
}

// BackpressureOff: only few events wait again.
type BackpressureOff struct {
	Node
	Quiet bool // don't log: no line said that it was on
}

// Line implements Event.
func (b BackpressureOff) Line() (logs.Level, string) {
	if b.Quiet {
		return logs.Info, ""
	}
	return logs.Info, "backpressure off"
}

// BackpressureBrief: backpressure was turned on and off again between two lines about it.
type BackpressureBrief struct {
	Node
	Times int
}

// Line implements Event.
func (b BackpressureBrief) Line() (logs.Level, string) {
	return logs.Warn, fmt.Sprintf("backpressure was on and off again since the last line about it, %s", amount.Of(b.Times, "time"))
}

// LogFunctionPanicked: the Go function that follows the log panicked.
type LogFunctionPanicked struct {
	Node
	Cause any
}

// Line implements Event.
func (l LogFunctionPanicked) Line() (logs.Level, string) {
	return logs.Error, fmt.Sprintf("the log function panicked, and is called no more: %v", l.Cause)
}
