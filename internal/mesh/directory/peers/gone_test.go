package peers

import (
	"testing"
	"time"

	"netmeshos/internal/mesh/directory/lease"
)

// Nobody waits for the beats of an aggregator whose lease is over; what others say of it still counts.
func TestAnAggregatorThatIsGoneIsReplacedAtOnce(t *testing.T) {
	self, old := lease.Holder{Node: 2, Instance: 22}, lease.Holder{Node: 1, Instance: 11}
	e := NewElection(self, time.Second, 0, func() int { return 1 })
	e.Heard(0, 7, old, false)
	e.Gone(0, lease.Holder{Node: 1, Instance: 10}) // an earlier run of it
	if at, _ := e.Next(); at < 2*time.Second {
		t.Errorf("it looks at %v for one that lives", at)
	}
	e.Gone(100, old)
	at, _ := e.Next()
	if want := 100 + time.Second/8; at != want { // its rank keeps it from being the first
		t.Fatalf("it looks at %v, want %v", at, want)
	}
	if e.Tick(at) != ReadClaim || e.Found(at, Claim{7, old}) != StoreOwn {
		t.Error("it doesn't take its place")
	}
}

// The lease of a node is looked at when one beat is late.
func TestALateBeatMakesANodeSilent(t *testing.T) {
	m := newMesh(t)
	m.start(1, 101)
	m.start(2, 102)
	m.run(3 * beat)
	table := m.aggregators()[0].table
	for _, r := range table.nodes {
		r.heard = m.now
	}
	if len(table.Silent(m.now+beat+beat/8)) != 0 || len(table.Silent(m.now+beat+beat/2)) != 2 {
		t.Error("a node is silent too early or too late")
	}
}
