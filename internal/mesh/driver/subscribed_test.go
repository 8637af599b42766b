package driver

import (
	"slices"
	"testing"
)

// Calls that come after it, on the same node, count on a subscription and on its end: a drain, which has all
// outputs processed, or a flush.
func TestASubscriptionIsKnownWhenTheCallReturns(t *testing.T) {
	m := newMesh(t, newMemory(names, 1<<20))
	n := m.start(1)
	for i := range uint64(200) {
		if err := n.set.Subscribe(t.Context(), producer+i, subscriber); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(n.set.Subscribers(producer+i), subscriber) {
			t.Fatalf("subscription %d isn't known", i)
		}
		if err := n.set.Unsubscribe(t.Context(), producer+i, subscriber); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(n.set.Subscribers(producer+i), subscriber) {
			t.Fatalf("the end of subscription %d isn't known", i)
		}
	}
}
