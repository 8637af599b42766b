// Package phase owns the phases of a node's maintenance.
package phase

import "time"

// Phase is a phase of a node's maintenance.
type Phase uint8

// The phases, in the order in which a node goes through them.
const (
	Active Phase = iota
	EnteringMaintenance
	Maintenance
	ExitingMaintenance
	DrainFailed
	Recovery
)

var names = [...]string{"Active", "EnteringMaintenance", "Maintenance", "ExitingMaintenance", "DrainFailed", "Recovery"}

func (p Phase) String() string {
	if int(p) >= len(names) {
		return "Unknown"
	}
	return names[p]
}

// State is a node's phase and its times.
type State struct {
	Phase    Phase
	Since    time.Time // when the phase began; zero while Active
	Deadline time.Time // EnteringMaintenance: when the drain fails; zero: never
	Reason   string    // DrainFailed: what had not drained
}
