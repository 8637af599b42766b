//go:build mesh && unix

package directory

import (
	"slices"
	"testing"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/phase"
	"netmeshos/internal/view"
)

func TestNodesSeeEachOtherAsTheyAre(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	a, b := f.node(t, 7), f.node(t, 3)
	c := f.node(t, 0) // its id is made
	if c.Node() == 0 || c.Node() >= 1<<53 {
		t.Fatalf("the made id is %d", c.Node())
	}
	a.sees(t, 3, c.Node())
	b.sees(t, 7, c.Node())
	c.sees(t, 3, 7)
	b.set(func(s *State) {
		s.Maintenance, s.Daemons, s.Standbys, s.Capabilities = phase.Maintenance, 5, 2, []string{"gpu", "tag"}
	})
	until(t, "a sees b's maintenance", func() bool { p := a.seen()[0]; return *p.Maintenance == phase.Maintenance && len(p.CapabilitySet) == 2 })
	p := a.seen()[0]
	if p.NodeID != 3 || *p.SoftwareVersion != "v3" || p.CPULoad1m == nil || *p.MemTotalBytes == 0 || *p.DiskTotalBytes == 0 || *p.RTTMS <= 0 || p.CapabilitySet[1] != "tag" {
		t.Errorf("%+v", p)
	}
	b.set(func(s *State) { s.Unhealthy = true })
	until(t, "b is degraded", func() bool { return a.seen()[0].Health == view.Degraded })
	var shown Node
	until(t, "nodes are shown", func() bool {
		nodes := a.Nodes()
		if len(nodes) != 3 {
			return false
		}
		shown = nodes[0]
		return shown.Health == "Degraded"
	})
	if shown.ID != 3 || shown.Daemons != 5 || shown.Standbys != 2 || shown.StartedMS != 1003 || shown.Maintenance != "Maintenance" || shown.RTTMS == nil {
		t.Errorf("%+v", shown)
	}
	b.leave()
	if took := until(t, "b is gone", func() bool { return len(a.seen()) == 1 && len(c.seen()) == 1 }); took > f.lease {
		t.Logf("gone only after %v", took)
	}
}

func TestTheAggregatorsEndIsNotSeen(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	nodes := map[uint64]*node{}
	for id := uint64(1); id <= 5; id++ {
		nodes[id] = f.node(t, id)
	}
	for range 3 {
		var leader uint64
		until(t, "somebody is the aggregator", func() bool {
			for _, n := range nodes {
				for _, shown := range n.Nodes() {
					if shown.Aggregator && nodes[shown.ID] != nil {
						leader = shown.ID
						return true
					}
				}
			}
			return false
		})
		n := nodes[leader]
		delete(nodes, leader)
		n.crash()
		for id, n := range nodes {
			var others []uint64
			for other := range nodes {
				if other != id {
					others = append(others, other)
				}
			}
			slices.Sort(others)
			n.sees(t, others...)
		}
	}
}

func TestANodeSpeaksForItselfAlone(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	a, b := f.node(t, 1), f.node(t, 2)
	a.sees(t, 2)
	b.sees(t, 1)
	false1 := peers.Beat{Holder: lease.Holder{Node: 1, Instance: a.Instance()}, Leaving: true}.Encode()
	if err := b.link.Publish(b.names.BeatOf(2), false1); err != nil {
		t.Fatal(err)
	}
	b.set(func(s *State) { s.Capabilities = []string{"later"} }) // stands behind the false beat
	until(t, "a sees what came later", func() bool { return len(a.seen()) == 1 && len(a.seen()[0].CapabilitySet) == 1 })
	if len(b.Nodes()) != 2 {
		t.Fatalf("b shows %v", b.Nodes())
	}
}

// A node knows itself from its start on, before any aggregator has told of it.
func TestANodeShowsItselfAtOnce(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	f.beat = time.Hour
	n := f.node(t, 7)
	nodes := n.Nodes()
	if len(nodes) != 1 || nodes[0].ID != 7 || uint64(nodes[0].Instance) != n.Instance() || nodes[0].Health != "Healthy" || nodes[0].Version != "v7" {
		t.Errorf("%+v", nodes)
	}
}
