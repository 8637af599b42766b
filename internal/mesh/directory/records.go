//go:build mesh

package directory

import (
	json "github.com/goccy/go-json"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/view"
)

// recordVersion is the version of the records below. docs/mesh.md documents them.
const recordVersion = 1

// leaseRecord is what is stored as the lease of a node.
type leaseRecord struct {
	V         int    `json:"v"`
	Instance  string `json:"instance"` // 16 hex digits; empty: the node has left in order
	StartedMS int64  `json:"started_ms"`
	Version   string `json:"version"`
}

// registrationRecord says that a node has registered a daemon.
type registrationRecord struct {
	V         int    `json:"v"`
	Instance  string `json:"instance"` // empty: withdrawn
	Name      string `json:"name"`
	Stateless bool   `json:"stateless"`
}

// aggregatorRecord says which node is the aggregator. Its sequence is the term.
type aggregatorRecord struct {
	V        int    `json:"v"`
	Node     string `json:"node"` // empty: it has left
	Instance string `json:"instance"`
}

// pingRecord is both a ping and its answer.
type pingRecord struct {
	V        int    `json:"v"`
	Instance string `json:"instance"`
}

func nodeOf(s peers.Shown, self uint64, ownRTT uint64, aggregator lease.Holder) Node {
	p := s.Peer(ownRTT)
	if s.Holder.Node == self && ownRTT > 0 {
		ms := float64(ownRTT) / 1000
		p.RTTMS = &ms
	}
	tags := p.CapabilitySet
	if tags == nil {
		tags = []string{}
	}
	return Node{
		ID: s.Holder.Node, Hex: view.Hex(s.Holder.Node), Instance: view.Hex(s.Holder.Instance), Health: s.Health.String(),
		Maintenance: s.Figures.Maintenance.String(), RTTMS: p.RTTMS, Daemons: s.Figures.Daemons, Standbys: s.Figures.Standbys,
		Version: s.Slow.Version, StartedMS: s.Slow.StartedMS, CPULoad1m: p.CPULoad1m, MemUsed: p.MemUsedBytes, MemTotal: p.MemTotalBytes,
		DiskUsed: p.DiskUsedBytes, DiskTotal: p.DiskTotalBytes, Capabilities: tags, Aggregator: s.Holder == aggregator,
	}
}

// marshal is for records, which always can be.
func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
