package lease

import (
	"testing"

	"netmeshos/internal/testrand"
)

// Long random walks reach what the exhaustive search of the model doesn't: many leases, one
// after the other.
func TestNoTwoNodesHoldALeaseOnLongWalks(t *testing.T) {
	random := testrand.New(t)
	acquired := 0
	for range 3000 {
		w := newWorld()
		w.faults = 40
		for range 300 {
			next := w.steps()
			choice := next[random.IntN(len(next))]
			if random.IntN(3) == 0 {
				choice = next[0] // time passes
			}
			if died := choice.dead != w.dead || choice.own[0].leaving != w.own[0].leaving || choice.own[1].leaving != w.own[1].leaving; died && random.IntN(30) != 0 {
				continue
			}
			if choice.held() > 1 {
				t.Fatalf("both hold it: %+v\nafter %+v", choice, w)
			}
			if choice.held() > w.held() {
				acquired++
			}
			w = choice
		}
		if !w.settle() {
			t.Fatalf("nobody holds the lease three leases after %+v", w)
		}
	}
	if acquired < 3000 {
		t.Fatalf("the lease was acquired %d times only", acquired)
	}
	t.Logf("acquired %d times", acquired)
}
