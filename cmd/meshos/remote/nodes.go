package remote

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	json "github.com/goccy/go-json"

	"netmeshos/internal/mesh/directory"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/operators"
	"netmeshos/internal/view"
)

// A Lease says that a node is there.
type Lease struct {
	Node      uint64
	Instance  uint64
	StartedMS int64
	Version   string
}

// number is a 64-bit number in JSON: 16 hex digits, or plain digits.
type number uint64

func (n *number) UnmarshalJSON(text []byte) error {
	quoted := strings.Trim(string(text), `"`)
	base := 10
	if len(quoted) != len(text) {
		base = 16
	}
	v, err := strconv.ParseUint(strings.TrimPrefix(quoted, "0x"), base, 64)
	*n = number(v)
	return err
}

// Leases returns those of all nodes, by ascending id.
func (m *Mesh) Leases() ([]Lease, error) {
	stored, err := m.lasts(m.Names.MetaStream(), m.Names.Leases())
	if err != nil {
		return nil, err
	}
	var all []Lease
	for _, s := range stored {
		_, words, _ := m.Names.ParseMeta(s.Subject)
		if len(words) != 1 || len(s.Data) == 0 {
			continue
		}
		node, ok := link.ParseHex(words[0])
		var record struct {
			Instance  number `json:"instance"`
			StartedMS int64  `json:"started_ms"`
			Version   string `json:"version"`
		}
		if err := json.Unmarshal(s.Data, &record); !ok || err != nil || record.Instance == 0 {
			continue // foreign, or it has left in order
		}
		all = append(all, Lease{node, uint64(record.Instance), record.StartedMS, record.Version})
	}
	slices.SortFunc(all, func(a, b Lease) int { return cmp.Compare(a.Node, b.Node) })
	return all, nil
}

// A Node is a lease and what its node has answered.
type Node struct {
	Lease
	RTT     time.Duration
	Runtime Runtime
	Raw     []byte // the answer as it came; nil: none came
	Err     error  // why none came
}

// Runtime is what this program reads of net_meshos_ext_runtime_json.
type Runtime struct {
	NodeID uint64 `json:"node_id"`
	Config struct {
		Mesh struct {
			Operators []string `json:"operators"` // public keys in hex digits
		} `json:"mesh"`
	} `json:"config"`
	Maintenance struct {
		State string `json:"state"`
	} `json:"maintenance"`
	Daemons []Running       `json:"daemons"`
	Mesh    json.RawMessage `json:"mesh"`
}

// Running is a daemon as a node that has registered it shows it.
type Running struct {
	ID         uint64 `json:"id"`
	Name       string `json:"name"`
	Lifecycle  string `json:"lifecycle"`
	Health     string `json:"health"`
	EventsIn   uint64 `json:"events_in"`
	Outputs    uint64 `json:"outputs"`
	Failures   uint64 `json:"failures"`
	Restarts   uint64 `json:"restarts"`
	InboxDepth uint64 `json:"inbox_depth"`
	Mesh       struct {
		Foreign uint64 `json:"foreign_messages"`
	} `json:"mesh"`
}

// Standby is the lifecycle of a daemon that another node runs.
const Standby = "standby"

// Nodes asks all nodes at once.
func (m *Mesh) Nodes() ([]Node, error) {
	leases, err := m.Leases()
	if err != nil {
		return nil, err
	}
	nodes := make([]Node, len(leases))
	var asking sync.WaitGroup
	for i := range leases {
		asking.Go(func() { nodes[i] = m.look(leases[i]) })
	}
	asking.Wait()
	return nodes, nil
}

func (m *Mesh) look(l Lease) Node {
	n := Node{Lease: l}
	from := time.Now()
	n.Raw, n.Err = m.packed(l.Node, operators.VerbRuntime, nil)
	n.RTT = time.Since(from)
	if n.Err == nil {
		n.Err = json.Unmarshal(n.Raw, &n.Runtime)
	}
	return n
}

// Directory is the nodes as one of them sees them. Where none answers they are Unreachable, and their leases all that
// is known.
func (m *Mesh) Directory() ([]directory.Node, error) {
	leases, err := m.Leases()
	if err != nil {
		return nil, err
	}
	nodes := []directory.Node{}
	for _, l := range leases {
		if all, asking := m.directoryOf(l.Node); asking == nil {
			return all, nil
		}
		nodes = append(nodes, directory.Node{
			ID: l.Node, Hex: view.Hex(l.Node), Instance: view.Hex(l.Instance), Health: "Unreachable", Maintenance: "unknown",
			Version: l.Version, StartedMS: l.StartedMS, Capabilities: []string{},
		})
	}
	return nodes, nil
}

// directoryOf asks one node, page by page.
func (m *Mesh) directoryOf(node uint64) (all []directory.Node, err error) {
	all = []directory.Node{}
	for first := true; ; first = false {
		question := directory.NodesRequest{V: 1, First: first}
		if n := len(all); n > 0 {
			question.After = all[n-1].ID
		}
		text, err := json.Marshal(question)
		if err != nil {
			return nil, err
		}
		message, err := m.conn.Request(m.Names.Node(node, "nodes"), text, m.options.Timeout)
		if err != nil {
			return nil, fmt.Errorf("node %016x: %w: %w", node, ErrUnreachable, err)
		}
		var page directory.NodesPage
		if err := json.Unmarshal(message.Data, &page); err != nil || page.V != 1 {
			return nil, fmt.Errorf("node %016x answers in a format that this program doesn't know", node)
		}
		if all = append(all, page.Nodes...); !page.More || len(page.Nodes) == 0 {
			return all, nil
		}
	}
}

// Node returns the lease of a node that is there.
func (m *Mesh) Node(given string) (Lease, error) {
	ids, err := ids(given)
	if err != nil {
		return Lease{}, fmt.Errorf("%w: %q is no id of a node: %w", ErrMisuse, given, err)
	}
	leases, err := m.Leases()
	if err != nil {
		return Lease{}, err
	}
	for _, l := range leases {
		if slices.Contains(ids, l.Node) {
			return l, nil
		}
	}
	return Lease{}, fmt.Errorf("node %s: %w: it has no lease in the mesh %q", given, ErrNotFound, m.options.Mesh)
}

// Any returns a node that is there, for what any can do.
func (m *Mesh) Any() (Lease, error) {
	leases, err := m.Leases()
	if err == nil && len(leases) == 0 {
		err = fmt.Errorf("%w: the mesh %q has no node now", ErrUnreachable, m.options.Mesh)
	}
	if err != nil {
		return Lease{}, err
	}
	return leases[0], nil
}

// ids are the numbers that a text may mean: hex where it says so or has 16 digits, decimal where it is one.
func ids(given string) ([]uint64, error) {
	text := strings.ToLower(given)
	if hex, found := strings.CutPrefix(text, "0x"); found {
		n, err := strconv.ParseUint(hex, 16, 64)
		return []uint64{n}, err
	}
	var all []uint64
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		all = append(all, n)
	}
	if len(text) == 16 {
		if n, err := strconv.ParseUint(text, 16, 64); err == nil {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("it is neither decimal, nor 16 hex digits, nor 0x and hex digits")
	}
	return all, nil
}

// Runtime asks one node.
func (m *Mesh) Runtime(node uint64) (r Runtime, err error) {
	text, err := m.packed(node, operators.VerbRuntime, nil)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}
