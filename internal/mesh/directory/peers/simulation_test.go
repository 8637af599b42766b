package peers

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/phase"
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

func TestANodeIsShownByAllWithinTwoBeatsOfItsStart(t *testing.T) {
	m := newMesh(t)
	for id := range uint64(30) {
		m.start(id+1, 100+id)
		m.run(2 * beat)
		m.agree()
	}
	if found := m.aggregators(); len(found) != 1 {
		t.Fatalf("%d aggregators", len(found))
	}
	for id := range uint64(30) { // and all at once
		m.kill(id + 1)
		_ = id
	}
	for id := range uint64(30) {
		m.start(id+1, 200+id)
	}
	m.run(2 * beat)
	m.agree()
}

func TestWhatChangesIsShownWithinABeat(t *testing.T) {
	m := newMesh(t)
	for id := range uint64(10) {
		m.start(id+1, 100+id)
	}
	m.run(3 * beat)
	n := m.nodes[4]
	n.figures.Maintenance, n.figures.Daemons = phase.Maintenance, 3
	m.run(5 * beat / 2)
	m.agree()
	n.block = Slow{Version: "2", Capabilities: []string{"other"}}.Encode() // without saying so
	m.run(4 * beat)
	m.agree()
	n.figures.MemUsed++ // so little that there is no hurry
	m.run(13 * beat)
	m.agree()
	n.figures.Unhealthy = true
	m.run(5 * beat / 2)
	for _, p := range m.nodes[9].directory.Peers(m.now, 9, 50) {
		if want := map[bool]view.Health{true: view.Degraded, false: view.Healthy}[p.NodeID == 4]; p.Health != want {
			t.Errorf("node %d is %v", p.NodeID, p.Health)
		}
	}
}

func TestTheAggregatorIsReplacedWhenItFallsSilent(t *testing.T) {
	m := newMesh(t)
	for id := range uint64(20) {
		m.start(id+1, 100+id)
	}
	m.run(3 * beat)
	for range 3 {
		old, fetches := m.aggregators()[0], m.sent["fetches"]
		m.kill(old.holder.Node)
		m.run(4 * beat)
		found := m.aggregators()
		if len(found) != 1 {
			t.Fatalf("%d aggregators", len(found))
		}
		if more := m.sent["fetches"] - fetches; more != 0 {
			t.Errorf("%d nodes have fetched all, though they had followed", more)
		}
		m.run(8 * beat) // its lease is over
		m.agree()
	}
	leaving := m.aggregators()[0]
	message := leaving.table.Leave()
	m.kill(leaving.holder.Node)
	m.broadcast(message)
	m.run(beat)
	if found := m.aggregators(); len(found) != 1 {
		t.Fatalf("%d aggregators a beat after one has left", len(found))
	}
}

func TestAnAggregatorThatWasStoppedGivesWay(t *testing.T) {
	m := newMesh(t)
	for id := range uint64(9) {
		m.start(id+1, 100+id)
	}
	m.run(3 * beat)
	old := m.aggregators()[0]
	old.paused = true
	m.run(20 * beat)
	old.paused = false
	m.run(5 * beat)
	if found := m.aggregators(); len(found) != 1 || found[0] == old {
		t.Fatalf("%d aggregators", len(found))
	}
	m.agree()
}

// A message that nobody of the mesh has sent, with a term that nobody has had, hides the aggregator for so short a time that
// no node looks worse.
func TestAForgedTermPasses(t *testing.T) {
	m := newMesh(t)
	for id := range uint64(12) {
		m.start(id+1, 100+id)
	}
	m.run(3 * beat)
	first := m.aggregators()[0]
	for _, term := range []uint64{1 << 62, 1<<62 + 1} {
		forged := Changes{Aggregator: lease.Holder{Node: 77, Instance: 5}, At: Position{term, 1}}
		m.broadcast(forged.Encode())
		for range 200 {
			m.run(beat / 20)
			for _, n := range m.ordered() {
				if health := n.directory.OwnHealth(m.now); health != view.Healthy {
					t.Fatalf("node %d hears of the others as if they were %v", n.holder.Node, health)
				}
			}
		}
		m.agree()
		if found := m.aggregators(); len(found) != 1 || found[0] != first {
			t.Errorf("%d aggregators", len(found))
		}
	}
}

func TestHealthFollowsMissedBeats(t *testing.T) {
	m := newMesh(t)
	for id := range uint64(5) {
		m.start(id+1, 100+id)
	}
	m.run(3 * beat)
	quiet := m.nodes[3]
	if quiet.election.Term() != 0 {
		quiet = m.nodes[4]
	}
	id := quiet.holder.Node
	quiet.paused = true
	health := func() view.Health {
		for _, n := range m.nodes {
			if n != quiet {
				for _, p := range n.directory.Peers(m.now, n.holder.Node, 0) {
					if p.NodeID == id {
						return p.Health
					}
				}
			}
		}
		return view.HealthUnknown
	}
	for _, c := range []struct {
		beats  time.Duration
		health view.Health
	}{{2, view.Healthy}, {3, view.Degraded}, {4, view.Degraded}, {4, view.Unreachable}, {5, view.Unreachable}} {
		m.run(c.beats * beat)
		if got := health(); got != c.health {
			t.Errorf("%v after the last beat it is %v, want %v", c.beats*beat, got, c.health)
		}
	}
	if own := quiet.directory.OwnHealth(m.now); own != view.Unreachable {
		t.Errorf("the node that is cut off shows the others as %v", own)
	}
	quiet.paused = false
	m.run(3 * beat)
	m.agree()
}

// Whatever gets lost, all agree soon after the last loss.
func TestAllAgreeAfterLossesAndCrashes(t *testing.T) {
	for range 15 {
		m := newMesh(t)
		instance := uint64(1000)
		for range 25 {
			m.loss = m.random.IntN(50)
			id := m.random.Uint64N(12) + 1
			switch n := m.nodes[id]; {
			case n == nil:
				instance++
				m.start(id, instance)
			case m.random.IntN(3) == 0:
				m.kill(id)
			case m.random.IntN(3) == 0:
				instance++
				m.start(id, instance) // a restart
			default:
				n.paused = !n.paused
			}
			m.run(time.Duration(m.random.IntN(3000)) * time.Millisecond)
		}
		m.loss = 0
		for _, n := range m.nodes {
			n.paused = false
		}
		m.run(25 * beat)
		m.agree()
	}
}
