package remote

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	json "github.com/goccy/go-json"
	"github.com/nats-io/nats.go"

	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/orders"
)

// A Registration says that a node has registered a daemon.
type Registration struct {
	Daemon, Node uint64
	Name         string
	Sequence     uint64 // its place in the queue: the lowest of a daemon's runs it
}

// Registrations returns all, oldest first.
func (m *Mesh) Registrations() ([]Registration, error) {
	stored, err := m.lasts(m.Names.MetaStream(), m.Names.Registrations())
	if err != nil {
		return nil, err
	}
	var all []Registration
	for _, s := range stored {
		_, words, _ := m.Names.ParseMeta(s.Subject)
		r := Registration{Sequence: s.Sequence}
		var record struct {
			Instance string `json:"instance"`
			Name     string `json:"name"`
			Place    uint64 `json:"place"`
		}
		if !link.ParseIDs(words, &r.Daemon, &r.Node) || json.Unmarshal(s.Data, &record) != nil || record.Instance == "" {
			continue // foreign, or taken back
		}
		r.Name = record.Name
		if record.Place != 0 {
			r.Sequence = record.Place
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Registration) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return all, nil
}

// A Daemon is one of the mesh, whether a node runs it or not.
type Daemon struct {
	ID        uint64
	Name      string
	Node      uint64 // that runs it, if Runs
	Runs      bool
	Lifecycle string // "down" where no node has it
	Standbys  []uint64
	Committed uint64 // sequence of its last commit; 0: none
	Running   Running
}

// Down is the lifecycle of a daemon that no node has.
const Down = "down"

// Daemons returns those that a node has registered, and those that have something stored, by ascending id.
func (m *Mesh) Daemons() ([]Daemon, error) {
	nodes, err := m.Nodes()
	if err != nil {
		return nil, err
	}
	found, err := m.stored()
	if err != nil {
		return nil, err
	}
	registered, err := m.Registrations()
	if err != nil {
		return nil, err
	}
	of := func(id uint64) *Daemon {
		if found[id] == nil {
			found[id] = &Daemon{ID: id, Lifecycle: Down}
		}
		return found[id]
	}
	there := map[uint64]bool{}
	for i := range nodes {
		there[nodes[i].Lease.Node] = true
		for _, r := range nodes[i].Runtime.Daemons {
			of(r.ID).shownBy(nodes[i].Lease.Node, r)
		}
	}
	for _, r := range registered {
		d := of(r.Daemon)
		if d.Name == "" {
			d.Name = r.Name
		}
		if there[r.Node] && !(d.Runs && d.Node == r.Node) {
			d.Standbys = append(d.Standbys, r.Node)
		}
	}
	kept, err := m.keptNames()
	if err != nil {
		return nil, err
	}
	for id, name := range kept {
		if d := found[id]; d != nil && d.Name == "" {
			d.Name = name
		}
	}
	all := make([]Daemon, 0, len(found))
	for _, id := range slices.Sorted(maps.Keys(found)) {
		all = append(all, *found[id])
	}
	return all, m.committed(all)
}

// keptNames are the names of daemons that some node had registered when it ended in order.
func (m *Mesh) keptNames() (map[uint64]string, error) {
	stored, err := m.lasts(m.Names.MetaStream(), m.Names.DaemonNames())
	if err != nil {
		return nil, err
	}
	kept := map[uint64]string{}
	for _, s := range stored {
		_, words, _ := m.Names.ParseMeta(s.Subject)
		var id uint64
		var record struct {
			Name string `json:"name"`
		}
		if link.ParseIDs(words, &id) && json.Unmarshal(s.Data, &record) == nil && record.Name != "" {
			kept[id] = record.Name
		}
	}
	return kept, nil
}

func (d *Daemon) shownBy(node uint64, r Running) {
	d.Name = r.Name
	switch {
	case r.Lifecycle != Standby:
		d.Node, d.Runs, d.Lifecycle, d.Running = node, true, r.Lifecycle, r
	case !d.Runs:
		d.Lifecycle = Standby
	}
}

// stored returns the daemons that have messages.
func (m *Mesh) stored() (map[uint64]*Daemon, error) {
	found := map[uint64]*Daemon{}
	for k := range m.Names.Streams {
		subjects, err := m.subjects(m.Names.Stream(k), ">")
		if err != nil {
			return nil, err
		}
		for subject := range subjects {
			if id, _, ok := m.Names.ParseEvent(subject); ok && found[id] == nil {
				found[id] = &Daemon{ID: id, Lifecycle: Down}
			}
		}
	}
	return found, nil
}

func (m *Mesh) committed(all []Daemon) error {
	for i := range all {
		d := &all[i]
		last, err := m.js.GetLastMsg(m.Names.StreamOf(d.ID), m.Names.Log(d.ID))
		switch {
		case err == nil:
			d.Committed = last.Sequence
		case !errors.Is(err, nats.ErrMsgNotFound):
			return fmt.Errorf("the last commit of %016x can't be read: %w", d.ID, err)
		}
	}
	return nil
}

// Daemon finds one by name, or by id in hex or decimal.
func (m *Mesh) Daemon(given string) (id uint64, err error) {
	registered, err := m.Registrations()
	if err != nil {
		return 0, err
	}
	named := map[uint64]bool{}
	known := map[uint64]bool{}
	for _, r := range registered {
		known[r.Daemon] = true
		if r.Name == given {
			named[r.Daemon] = true
		}
	}
	if len(named) == 0 {
		kept, err := m.keptNames()
		if err != nil {
			return 0, err
		}
		for id, name := range kept {
			if name == given && !known[id] {
				named[id] = true
			}
		}
	}
	switch len(named) {
	case 0:
	case 1:
		for id := range named {
			return id, nil
		}
	default:
		var all []string
		for _, id := range slices.Sorted(maps.Keys(named)) {
			all = append(all, link.Hex(id))
		}
		return 0, fmt.Errorf("%d daemons have the name %q: name one by its id: %s", len(named), given, strings.Join(all, ", "))
	}
	candidates, err := ids(given)
	if err != nil {
		return 0, fmt.Errorf("daemon %q: %w: the mesh %q knows none of that name, and %w", given, ErrNotFound, m.options.Mesh, err)
	}
	for _, id := range candidates {
		if known[id] {
			return id, nil
		}
		subjects, err := m.subjects(m.Names.StreamOf(id), m.Names.Everything(id))
		if err != nil {
			return 0, err
		}
		if len(subjects) > 0 {
			return id, nil
		}
	}
	return 0, fmt.Errorf("daemon %s: %w: the mesh %q has never seen it", given, ErrNotFound, m.options.Mesh)
}

// Taker returns a node that takes orders about a daemon from this operator: the one that runs the daemon, if it does, else any
// that does, as it hands the order on. Where none does, it is the one that runs the daemon, or any: it says why not.
func (m *Mesh) Taker(id uint64, operator [orders.KeySize]byte) (Lease, error) {
	nodes, err := m.Nodes()
	if err != nil {
		return Lease{}, err
	}
	key := hex.EncodeToString(operator[:])
	best, found := -1, Lease{}
	for i := range nodes {
		n := &nodes[i]
		if n.Err != nil {
			continue // it is gone, or doesn't answer
		}
		value := 0
		if slices.ContainsFunc(n.Runtime.Config.Mesh.Operators, func(known string) bool { return strings.EqualFold(known, key) }) {
			value += 2
		}
		if slices.ContainsFunc(n.Runtime.Daemons, func(d Running) bool { return d.ID == id && d.Lifecycle != Standby }) {
			value++
		}
		if value > best {
			best, found = value, n.Lease
		}
	}
	if best < 0 {
		return m.Any()
	}
	return found, nil
}

// Events hands what is stored for a daemon to f, in order; part "": all parts.
func (m *Mesh) Events(id uint64, part link.Part, from uint64, f func(Stored) error) error {
	subject := m.Names.Everything(id)
	if part != "" {
		subject = m.Names.Of(id, part)
	}
	return m.read(m.Names.StreamOf(id), subject, from, false, f)
}
