package peers

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/testrand"
	"netmeshos/internal/view"
)

const beat = time.Second

// mesh is a mesh in which time is a number and a message takes no longer than the test says.
type mesh struct {
	t      *testing.T
	random *rand.Rand
	now    time.Duration
	nodes  map[uint64]*simulated
	claim  Claim
	loss   int // of a hundred messages
	sent   map[string]int
}

// simulated is a node of it.
type simulated struct {
	m         *mesh
	holder    lease.Holder
	directory *Directory
	election  *Election
	table     *Table
	figures   Figures
	block     Block
	show      bool // the next beat has the block
	nextBeat  time.Duration
	fetched   time.Duration
	paused    bool
}

func newMesh(t *testing.T) *mesh {
	return &mesh{t: t, random: testrand.New(t), nodes: map[uint64]*simulated{}, sent: map[string]int{}}
}

func (m *mesh) start(id, instance uint64) *simulated {
	n := &simulated{m: m, holder: lease.Holder{Node: id, Instance: instance}, directory: NewDirectory(beat, m.now), show: true, nextBeat: m.now}
	n.block = Slow{Version: fmt.Sprint("1.", id%3), MemTotal: 1 << 40, Capabilities: []string{fmt.Sprint("tag.", id)}}.Encode()
	n.figures = Figures{RTTMicros: 100 + id, Load: 1, MemUsed: 5}
	n.election = NewElection(n.holder, beat, m.now, func() int { return n.directory.Rank(id) })
	n.directory.Missed()
	m.nodes[id] = n
	return n
}

// kill ends a node at once. Its lease is over after so long.
func (m *mesh) kill(id uint64) { delete(m.nodes, id) }

func (m *mesh) lost() bool { return m.random.IntN(100) < m.loss }

// ordered are the nodes in an order of chance.
func (m *mesh) ordered() []*simulated {
	nodes := slices.Collect(maps.Values(m.nodes))
	slices.SortFunc(nodes, func(a, b *simulated) int { return int(a.holder.Node) - int(b.holder.Node) })
	m.random.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	return nodes
}

func (m *mesh) broadcast(message []byte) {
	m.sent["changes"] += len(message)
	for _, n := range m.ordered() {
		if n.paused || m.lost() {
			continue
		}
		c, good := DecodeChanges(message)
		if !good {
			m.t.Fatalf("the message %x can't be read", message)
		}
		if h, ok := n.directory.Apply(m.now, n.holder.Node, c); ok {
			n.show = n.show || h.Wanted
			n.election.Heard(m.now, h.Term, h.Aggregator, h.Leaving)
		}
	}
}

// run lets time pass.
func (m *mesh) run(d time.Duration) {
	for end := m.now + d; m.now < end; m.now += beat / 20 {
		for _, n := range m.ordered() {
			if !n.paused && m.nodes[n.holder.Node] == n {
				n.step()
			}
		}
	}
}

func (n *simulated) step() {
	m := n.m
	for do := n.election.Tick(m.now); do != Wait; {
		do = n.elect(do)
	}
	n.lead()
	if m.now >= n.nextBeat {
		n.nextBeat = m.now + beat
		n.send(Beat{Holder: n.holder, Figures: n.figures, Hash: n.block.Hash})
	}
	if n.directory.Behind() && m.now >= n.fetched+beat/4 {
		n.fetch()
	}
}

func (n *simulated) elect(do Step) Step {
	m := n.m
	switch do {
	case ReadClaim:
		return n.election.Found(m.now, m.claim)
	case StoreOwn:
		if n.election.Expect() != m.claim.Sequence {
			return n.election.Lost()
		}
		m.claim = Claim{m.claim.Sequence + 1, n.holder}
		n.election.Won(m.claim.Sequence)
	case PingFirst:
		first := n.election.First()
		if other := m.nodes[first.Node]; other != nil && other.holder == first {
			return n.election.Pinged(m.now, lease.Alive)
		}
		return n.election.Pinged(m.now, lease.Nobody)
	}
	return Wait
}

// lead does the work of the aggregator.
func (n *simulated) lead() {
	m, term := n.m, n.election.Term()
	if term == 0 {
		n.table = nil
		return
	}
	if n.table == nil || n.table.at.Term != term {
		n.table = NewTable(n.holder, term, beat, m.now, n.directory)
	}
	for _, h := range n.table.Silent(m.now) { // a lease of 6 beats
		if other := m.nodes[h.Node]; (other == nil || other.holder != h) && m.now-n.table.nodes[h.Node].heard > 6*beat {
			n.table.Gone(h)
		}
	}
	for _, message := range n.table.Publish(m.now) {
		m.broadcast(message)
	}
}

func (n *simulated) send(b Beat) {
	if n.show {
		b.Block, n.show = &n.block, false
	}
	message := b.Encode()
	n.m.sent["beat"] += len(message)
	for _, other := range n.m.ordered() {
		if other.table != nil && !other.paused && !n.m.lost() {
			back, good := DecodeBeat(message)
			if !good {
				n.m.t.Fatalf("the beat %x can't be read", message)
			}
			other.table.Beat(n.m.now, back)
		}
	}
}

func (n *simulated) fetch() {
	n.fetched = n.m.now
	n.m.sent["fetches"]++
	leader := n.m.nodes[n.directory.Aggregator().Node]
	if leader == nil || leader.table == nil || leader.paused {
		return
	}
	var pages []Page
	after, all := uint64(0), true
	for {
		p, good := DecodePage(leader.table.Page(after, all).Encode())
		if !good {
			n.m.t.Fatal("a page can't be read")
		}
		pages = append(pages, p)
		if !p.More {
			break
		}
		after, all = p.Nodes[len(p.Nodes)-1].Holder.Node, false
	}
	n.directory.Fetched(n.m.now, pages)
}

// agree checks that every node shows every node as it is.
func (m *mesh) agree() {
	m.t.Helper()
	for _, n := range m.nodes {
		if n.paused {
			continue
		}
		all := n.directory.All(m.now)
		if len(all) != len(m.nodes) {
			m.t.Fatalf("at %v node %d shows %d nodes of %d", m.now, n.holder.Node, len(all), len(m.nodes))
		}
		for _, s := range all {
			o := m.nodes[s.Holder.Node]
			if s.Holder != o.holder || s.Figures != o.figures || s.Slow.Capabilities[0] != o.block.Slow.Capabilities[0] || s.Slow.Version != o.block.Slow.Version || s.Health != view.Healthy {
				m.t.Fatalf("at %v node %d shows %+v, but it is %+v", m.now, n.holder.Node, s, o)
			}
		}
	}
}

func (m *mesh) aggregators() (found []*simulated) {
	for _, n := range m.ordered() {
		if n.election.Term() != 0 {
			found = append(found, n)
		}
	}
	return found
}
