package directory

import "netmeshos/internal/view"

// NodesRequest asks a node which nodes it knows, on node.NODE.nodes.
type NodesRequest struct {
	V     int    `json:"v"`
	After uint64 `json:"after"` // ids above this one
	First bool   `json:"first"` // from the first one on
}

// NodesPage answers it.
type NodesPage struct {
	V     int    `json:"v"`
	Nodes []Node `json:"nodes"` // by ascending id
	More  bool   `json:"more"`
}

// Node is a node as `meshos nodes --json` shows it. What isn't known is null.
type Node struct {
	ID           uint64   `json:"node_id"`
	Hex          view.Hex `json:"node_id_hex"`
	Instance     view.Hex `json:"instance"`
	Health       string   `json:"health"`      // Healthy, Degraded or Unreachable
	Maintenance  string   `json:"maintenance"` // Active, EnteringMaintenance, …
	RTTMS        *float64 `json:"rtt_ms"`      // from the node that was asked, by the server
	Daemons      uint64   `json:"daemons"`     // that it runs
	Standbys     uint64   `json:"standbys"`    // that it would take over
	Version      string   `json:"version"`
	StartedMS    int64    `json:"started_ms"`
	CPULoad1m    *float64 `json:"cpu_load_1m"`
	MemUsed      *uint64  `json:"mem_used_bytes"`
	MemTotal     *uint64  `json:"mem_total_bytes"`
	DiskUsed     *uint64  `json:"disk_used_bytes"`
	DiskTotal    *uint64  `json:"disk_total_bytes"`
	Capabilities []string `json:"capability_set"`
	Aggregator   bool     `json:"aggregator"` // the others report to it
}
