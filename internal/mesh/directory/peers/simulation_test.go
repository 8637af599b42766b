package peers

import (
	"testing"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

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
