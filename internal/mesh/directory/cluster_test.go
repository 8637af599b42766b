//go:build mesh && unix

package directory

import (
	"testing"
	"time"

	"netmeshos/internal/mesh/meshtest"
)

// An election of three servers takes up to nine seconds, and a lease of 15 outlives it: nobody takes over from a
// node that lives.
func TestLeasesOutliveTheServersThatAreKilled(t *testing.T) {
	t.Parallel()
	servers := meshtest.StartCluster(t, 3, "")
	f := fast{lease: 15 * time.Second, beat: time.Second, replicas: 3}
	for _, s := range servers {
		f.urls = append(f.urls, s.URL)
	}
	a, b := f.node(t, 1), f.node(t, 2)
	a.register(t, 42)
	b.register(t, 42)
	for _, s := range servers { // one of them is the leader
		s.Kill(t)
		for _, n := range []*node{a, b} {
			before := n.until.Load()
			took := until(t, "a renewal", func() bool { return n.until.Load() > before })
			t.Logf("node %d renewed its lease %v after a server was killed", n.Node(), took)
		}
		s.Restart(t)
		if !a.turn(42) || b.turn(42) {
			t.Fatal("b has taken over from a node that lives")
		}
	}
	a.sees(t, 2)
	b.sees(t, 1)
	for _, n := range []*node{a, b} {
		n.mu.Lock()
		t.Logf("node %d lost its lease %d times", n.Node(), n.lost)
		n.mu.Unlock()
	}
}
