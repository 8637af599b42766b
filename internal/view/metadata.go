package view

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	json "github.com/goccy/go-json"
)

// Metadata is a node as one of its daemons sees it.
type Metadata struct {
	Node       *Node
	DaemonID   uint64
	DaemonName string
}

// JSON is the metadata on one line, keys in alphabetical order, times as they
// are at now. The shape is that of net_meshos_metadata in net_meshos.h.
func (m Metadata) JSON(now time.Time) []byte {
	return minimal(metadataJSON{
		DaemonID:    m.DaemonID,
		DaemonName:  m.DaemonName,
		Maintenance: m.Node.Maintenance.json(now),
		NodeID:      m.Node.ID,
		Peers:       peersJSON(m.Node.Peers),
	})
}

// metadataJSON is what net_meshos_metadata returns. The fields of this type and
// of the next two stand in the order of their keys, which is what is written.
type metadataJSON struct {
	DaemonID    uint64          `json:"daemon_id"`
	DaemonName  string          `json:"daemon_name"`
	Maintenance maintenanceJSON `json:"maintenance_state"`
	NodeID      uint64          `json:"node_id"`
	// Peers is a list of peerJSON, or an empty list of something simpler:
	// go-json makes an encoder of every type that it meets, and that of a peer
	// would take as much memory as all the rest. Most nodes have no peers.
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

// maintenanceJSON has only the keys that its kind has.
type maintenanceJSON struct {
	// DeadlineRemainingMS is nil where there is no such key, and points to nil
	// where it is null: to a drain without a deadline.
	DeadlineRemainingMS **int64 `json:"deadline_remaining_ms,omitempty"`
	Kind                string  `json:"kind"`
	Reason              *string `json:"reason,omitempty"`
	SinceMS             *int64  `json:"since_ms,omitempty"`
}

func (s MaintenanceState) json(now time.Time) maintenanceJSON {
	j := maintenanceJSON{Kind: nameOf(phaseKinds[:], int(s.Phase), "unknown")}
	if s.Phase == Active {
		return j
	}
	j.SinceMS = milliseconds(now.Sub(s.Since))
	switch s.Phase {
	case EnteringMaintenance:
		var remaining *int64
		if !s.Deadline.IsZero() {
			remaining = milliseconds(s.Deadline.Sub(now))
		}
		j.DeadlineRemainingMS = &remaining
	case DrainFailed:
		j.Reason = &s.Reason
	}
	return j
}

// milliseconds are whole; what is over already counts as 0.
func milliseconds(d time.Duration) *int64 {
	ms := max(d, 0).Milliseconds()
	return &ms
}

// peerJSON is one of the peers. What is not known is null, but for the health
// and the maintenance, which are "Unknown".
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

// utf8Of keeps a peer's words from breaking the text: nobody has checked them.
func utf8Of(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// number is v in the shortest digits that are v again, with an exponent below
// 1e-4 and from 1e+06 on. It is nil, null, for what JSON has no number for.
func number(v *float64) *json.Number {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	n := json.Number(strconv.FormatFloat(*v, 'g', -1, 64))
	return &n
}
