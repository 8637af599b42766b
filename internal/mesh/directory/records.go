//go:build mesh

package directory

import (
	"errors"
	"fmt"
	"strings"

	json "github.com/goccy/go-json"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/mesh/link"
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
	// Drained: the node is in maintenance, and runs the daemon only if all are that have registered it.
	Drained bool `json:"drained,omitempty"`
	// Place is the sequence of an earlier record of the same registration, whose place in the queue it keeps; 0: its own.
	Place uint64 `json:"place,omitempty"`
}

// read reads a lease and returns whose it is, 0 if it was given up.
func (r *leaseRecord) read(data []byte) (instance uint64, err error) {
	return instanceOf(data, r, &r.V, &r.Instance)
}

// read reads a registration and returns whose it is, 0 if it was withdrawn.
func (r *registrationRecord) read(data []byte) (instance uint64, err error) {
	return instanceOf(data, r, &r.V, &r.Instance)
}

// instanceOf reads a record. An error: it is none of the mesh's.
func instanceOf(data []byte, into any, version *int, instance *string) (uint64, error) {
	if err := json.Unmarshal(data, into); err != nil {
		return 0, err
	}
	if *version < recordVersion {
		return 0, errors.New("it has no version")
	}
	if *instance == "" {
		return 0, nil
	}
	id, ok := link.ParseHex(strings.ToLower(*instance))
	if !ok || id == 0 {
		return 0, fmt.Errorf("%.32q is no instance of a node", *instance)
	}
	return id, nil
}

// IsRegistration reports whether a message says that a node has, or had, registered a daemon.
func IsRegistration(m link.Message) bool {
	var r registrationRecord
	_, err := r.read(m.Data)
	return m.Marker != "" || err == nil
}

// foreign notes a message that is passed over.
func (d *Directory) foreign(daemon uint64, m link.Message, why error) {
	if d.o.Foreign != nil {
		d.o.Foreign(daemon, m.Subject, m.Sequence, why)
	}
}

// unstored notes a message that is passed over and that nothing stores, unless a later version of the library may
// have sent it. The number in place of its sequence says how many there were; all of a kind count for one subject, as
// somebody may take any.
func (d *Directory) unstored(m link.Message, pattern, what string) {
	if peers.Later(m.Data) {
		return
	}
	d.unknown++
	why := fmt.Errorf("it is no %s, on %.100q", what, m.Subject)
	d.foreign(0, link.Message{Subject: pattern, Sequence: d.unknown}, why)
}

// nameRecord keeps the name of a daemon for operators, as long as something of it is stored.
type nameRecord struct {
	V    int    `json:"v"`
	Name string `json:"name"`
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
