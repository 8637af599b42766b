package meshos

import (
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

// Peer is what is known about another node. A nil field is unknown.
type Peer = view.Peer

// PeerHealth is how well a peer can be reached.
type PeerHealth = view.Health

// The values of PeerHealth. PeerHealthUnknown is the zero value.
const (
	PeerHealthUnknown = view.HealthUnknown
	PeerHealthy       = view.Healthy
	PeerDegraded      = view.Degraded
	PeerUnreachable   = view.Unreachable
)

// MaintenancePhase is a phase of a peer's maintenance.
type MaintenancePhase = phase.Phase

// The values of MaintenancePhase, in the order in which a node goes through them.
const (
	PhaseActive              = phase.Active
	PhaseEnteringMaintenance = phase.EnteringMaintenance
	PhaseMaintenance         = phase.Maintenance
	PhaseExitingMaintenance  = phase.ExitingMaintenance
	PhaseDrainFailed         = phase.DrainFailed
	PhaseRecovery            = phase.Recovery
)
