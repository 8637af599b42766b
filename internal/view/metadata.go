package view

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	json "github.com/goccy/go-json"

	"netmeshos/internal/phase"
)

// Metadata is a node as one of its daemons sees it.
type Metadata struct {
	Node       *Node
	DaemonID   uint64
	DaemonName string
}

// JSON returns the metadata on one line, with the keys in alphabetical order and the times
// as of now. net_meshos_metadata in net_meshos.h documents the shape.
func (m Metadata) JSON(now time.Time) []byte {
	return marshalMinimal(metadataJSON{
		DaemonID:    m.DaemonID,
		DaemonName:  m.DaemonName,
		Maintenance: maintenanceAt(m.Node.Maintenance, now),
		NodeID:      m.Node.ID,
		Peers:       peersJSON(m.Node.Peers),
	})
}

// metadataJSON is what net_meshos_metadata returns. The fields of this type and of the
// next two are sorted by key, because they are written in their order.
type metadataJSON struct {
	DaemonID    uint64          `json:"daemon_id"`
	DaemonName  string          `json:"daemon_name"`
	Maintenance maintenanceJSON `json:"maintenance_state"`
	NodeID      uint64          `json:"node_id"`
	// Peers is a []peerJSON, or an empty list of a simpler type: go-json builds an
	// encoder for every type that it meets, and the one for peers takes as much memory as
	// all the others. Most nodes have no peers.
	Peers any `json:"peers"`
}

func peersJSON(peers []Peer) any {
	if len(peers) == 0 {
		return []bool{}
	}
	shown := make([]peerJSON, len(peers))
	for i := range peers {
		shown[i] = peers[i].json()
	}
	return shown
}

// maintenanceJSON omits the keys that its kind doesn't have.
type maintenanceJSON struct {
	// DeadlineRemainingMS is nil if there is no such key. It points to nil if the value
	// is null, for a drain without a deadline.
	DeadlineRemainingMS **int64 `json:"deadline_remaining_ms,omitempty"`
	Kind                string  `json:"kind"`
	Reason              *string `json:"reason,omitempty"`
	SinceMS             *int64  `json:"since_ms,omitempty"`
}

func maintenanceAt(s phase.State, now time.Time) maintenanceJSON {
	j := maintenanceJSON{Kind: nameOf(phaseKinds[:], int(s.Phase), "unknown")}
	if s.Phase == phase.Active {
		return j
	}
	j.SinceMS = milliseconds(now.Sub(s.Since))
	switch s.Phase {
	case phase.EnteringMaintenance:
		var remaining *int64
		if !s.Deadline.IsZero() {
			remaining = milliseconds(s.Deadline.Sub(now))
		}
		j.DeadlineRemainingMS = &remaining
	case phase.DrainFailed:
		j.Reason = &s.Reason
	}
	return j
}

// milliseconds returns d in whole milliseconds, at least 0.
func milliseconds(d time.Duration) *int64 {
	ms := max(d, 0).Milliseconds()
	return &ms
}

// peerJSON is one of the peers. Unknown values are null, except the health and the
// maintenance, which are "Unknown".
type peerJSON struct {
	CapabilitySet   []string     `json:"capability_set"`
	CPULoad1m       *json.Number `json:"cpu_load_1m"`
	DiskTotalBytes  *uint64      `json:"disk_total_bytes"`
	DiskUsedBytes   *uint64      `json:"disk_used_bytes"`
	ForkedFrom      *uint64      `json:"forked_from"`
	Health          string       `json:"health"`
	Maintenance     string       `json:"maintenance"`
	MemTotalBytes   *uint64      `json:"mem_total_bytes"`
	MemUsedBytes    *uint64      `json:"mem_used_bytes"`
	NodeID          uint64       `json:"node_id"`
	RTTMS           *json.Number `json:"rtt_ms"`
	SaturationTrend *json.Number `json:"saturation_trend"`
	SoftwareVersion *string      `json:"software_version"`
}

func (p *Peer) json() peerJSON {
	tags := make([]string, len(p.CapabilitySet))
	for i, tag := range p.CapabilitySet {
		tags[i] = utf8Of(tag)
	}
	slices.Sort(tags)
	var version *string
	if p.SoftwareVersion != nil {
		valid := utf8Of(*p.SoftwareVersion)
		version = &valid
	}
	maintenance := "Unknown"
	if p.Maintenance != nil {
		maintenance = p.Maintenance.String()
	}
	return peerJSON{
		CapabilitySet:   tags,
		CPULoad1m:       number(p.CPULoad1m),
		DiskTotalBytes:  p.DiskTotalBytes,
		DiskUsedBytes:   p.DiskUsedBytes,
		ForkedFrom:      p.ForkedFrom,
		Health:          p.Health.String(),
		Maintenance:     maintenance,
		MemTotalBytes:   p.MemTotalBytes,
		MemUsedBytes:    p.MemUsedBytes,
		NodeID:          p.NodeID,
		RTTMS:           number(p.RTTMS),
		SaturationTrend: number(p.SaturationTrend),
		SoftwareVersion: version,
	}
}

// utf8Of makes a peer's string valid UTF-8: nobody has checked it.
func utf8Of(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// number returns the shortest digits that parse as v, with an exponent below 1e-4 and from
// 1e+06 on. It is nil, so null, for NaN and infinity.
func number(v *float64) *json.Number {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	n := json.Number(strconv.FormatFloat(*v, 'g', -1, 64))
	return &n
}
