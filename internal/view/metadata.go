package view

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Metadata is a node as one of its daemons sees it.
type Metadata struct {
	Node       *Node
	DaemonID   uint64
	DaemonName string
}

// AppendJSON appends the metadata's JSON to dst: one line, keys in
// alphabetical order, times as they are at now. The shape is that of
// net_meshos_metadata in net_meshos.h.
func (m Metadata) AppendJSON(dst []byte, now time.Time) []byte {
	dst = append(dst, `{"daemon_id":`...)
	dst = strconv.AppendUint(dst, m.DaemonID, 10)
	dst = append(dst, `,"daemon_name":`...)
	dst = appendString(dst, m.DaemonName)
	dst = append(dst, `,"maintenance_state":`...)
	dst = m.Node.Maintenance.appendJSON(dst, now)
	dst = append(dst, `,"node_id":`...)
	dst = strconv.AppendUint(dst, m.Node.ID, 10)
	dst = append(dst, `,"peers":[`...)
	for i := range m.Node.Peers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = m.Node.Peers[i].appendJSON(dst)
	}
	return append(dst, `]}`...)
}

func (s MaintenanceState) appendJSON(dst []byte, now time.Time) []byte {
	dst = append(dst, '{')
	if s.Phase == EnteringMaintenance {
		dst = append(dst, `"deadline_remaining_ms":`...)
		if s.Deadline.IsZero() {
			dst = append(dst, `null`...)
		} else {
			dst = appendMS(dst, s.Deadline.Sub(now))
		}
		dst = append(dst, ',')
	}
	dst = append(dst, `"kind":`...)
	dst = appendString(dst, nameOf(phaseKinds[:], int(s.Phase), "unknown"))
	if s.Phase == DrainFailed {
		dst = append(dst, `,"reason":`...)
		dst = appendString(dst, s.Reason)
	}
	if s.Phase != Active {
		dst = append(dst, `,"since_ms":`...)
		dst = appendMS(dst, now.Sub(s.Since))
	}
	return append(dst, '}')
}

// appendMS writes whole milliseconds; what is over already counts as 0.
func appendMS(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, max(d, 0).Milliseconds(), 10)
}

func (p *Peer) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"capability_set":[`...)
	for i, tag := range slices.Sorted(slices.Values(p.CapabilitySet)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, tag)
	}
	dst = append(dst, `],"cpu_load_1m":`...)
	dst = appendFloat(dst, p.CPULoad1m)
	dst = append(dst, `,"disk_total_bytes":`...)
	dst = appendUint(dst, p.DiskTotalBytes)
	dst = append(dst, `,"disk_used_bytes":`...)
	dst = appendUint(dst, p.DiskUsedBytes)
	dst = append(dst, `,"forked_from":`...)
	dst = appendUint(dst, p.ForkedFrom)
	dst = append(dst, `,"health":`...)
	dst = appendString(dst, p.Health.String())
	dst = append(dst, `,"maintenance":`...)
	if p.Maintenance == nil {
		dst = appendString(dst, "Unknown")
	} else {
		dst = appendString(dst, p.Maintenance.String())
	}
	dst = append(dst, `,"mem_total_bytes":`...)
	dst = appendUint(dst, p.MemTotalBytes)
	dst = append(dst, `,"mem_used_bytes":`...)
	dst = appendUint(dst, p.MemUsedBytes)
	dst = append(dst, `,"node_id":`...)
	dst = strconv.AppendUint(dst, p.NodeID, 10)
	dst = append(dst, `,"rtt_ms":`...)
	dst = appendFloat(dst, p.RTTMS)
	dst = append(dst, `,"saturation_trend":`...)
	dst = appendFloat(dst, p.SaturationTrend)
	dst = append(dst, `,"software_version":`...)
	if p.SoftwareVersion == nil {
		dst = append(dst, `null`...)
	} else {
		dst = appendString(dst, *p.SoftwareVersion)
	}
	return append(dst, '}')
}

func appendUint(dst []byte, v *uint64) []byte {
	if v == nil {
		return append(dst, `null`...)
	}
	return strconv.AppendUint(dst, *v, 10)
}

// appendFloat writes null for what JSON has no number for.
func appendFloat(dst []byte, v *float64) []byte {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return append(dst, `null`...)
	}
	return strconv.AppendFloat(dst, *v, 'g', -1, 64)
}
