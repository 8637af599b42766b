// Package view owns what a node shows: immutable snapshots and their JSON. A snapshot is
// built when something has changed and never changes itself, so that readers share it
// without a lock.
package view

import (
	"slices"

	"netmeshos/internal/phase"
)

// phaseKinds are the maintenance_state kinds of net_meshos.h.
var phaseKinds = [...]string{"active", "entering_maintenance", "maintenance", "exiting_maintenance", "drain_failed", "recovery"}

// Health is how well a peer can be reached.
type Health uint8

// The values of Health. Unknown is the zero value: nothing is known yet.
const (
	HealthUnknown Health = iota
	Healthy
	Degraded
	Unreachable
)

var healthNames = [...]string{"Unknown", "Healthy", "Degraded", "Unreachable"}

func (h Health) String() string { return nameOf(healthNames[:], int(h), "Unknown") }

func nameOf(names []string, i int, otherwise string) string {
	if i >= len(names) {
		return otherwise
	}
	return names[i]
}

// Peer is what is known about another node. A nil field is unknown.
type Peer struct {
	NodeID          uint64
	CapabilitySet   []string // shown sorted
	CPULoad1m       *float64 // load average over one minute
	DiskTotalBytes  *uint64
	DiskUsedBytes   *uint64
	ForkedFrom      *uint64
	Health          Health
	Maintenance     *phase.Phase
	MemTotalBytes   *uint64
	MemUsedBytes    *uint64
	RTTMS           *float64 // round-trip time, milliseconds
	SaturationTrend *float64
	SoftwareVersion *string
}

// Clone returns a copy that shares no memory with p.
func (p Peer) Clone() Peer {
	p.CapabilitySet = slices.Clone(p.CapabilitySet)
	p.CPULoad1m = clone(p.CPULoad1m)
	p.DiskTotalBytes = clone(p.DiskTotalBytes)
	p.DiskUsedBytes = clone(p.DiskUsedBytes)
	p.ForkedFrom = clone(p.ForkedFrom)
	p.Maintenance = clone(p.Maintenance)
	p.MemTotalBytes = clone(p.MemTotalBytes)
	p.MemUsedBytes = clone(p.MemUsedBytes)
	p.RTTMS = clone(p.RTTMS)
	p.SaturationTrend = clone(p.SaturationTrend)
	p.SoftwareVersion = clone(p.SoftwareVersion)
	return p
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Node is a snapshot of the node. It must not be changed once it is shared.
type Node struct {
	ID          uint64
	Maintenance phase.State
	Peers       []Peer // sorted by NodeID
}

// HasTimes reports whether the JSON of the snapshot depends on the time.
func (n *Node) HasTimes() bool { return n.Maintenance.Phase != phase.Active }
