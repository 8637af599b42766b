//go:build mesh && unix

package directory

import (
	"testing"
	"time"
)

// An aggregator that crashes is gone when its lease is over, however rare beats are.
func TestAnAggregatorThatCrashesIsGoneWithItsLease(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	f.beat = patience / 4 // two and a half of them until it is silent, and as much until the next one looks, are too long
	a := f.node(t, 1)
	until(t, "the first collects the beats", func() (leads bool) {
		a.call(func() { leads = a.table != nil })
		return leads
	})
	b, c := f.node(t, 2), f.node(t, 3)
	b.sees(t, 1, 3)
	c.sees(t, 1, 2)
	until(t, "it is watched", func() (watched bool) {
		b.call(func() { watched = b.leader == a.self })
		return watched
	})
	a.crash()
	t.Logf("it is gone after %v", b.sees(t, 3)+c.sees(t, 2).Truncate(time.Millisecond))
}
