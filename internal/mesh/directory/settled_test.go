//go:build mesh && unix

package directory

import (
	"testing"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
)

// After a gap of the servers the aggregator takes no silent node for gone before a whole lease has passed: the others
// need that time to come back too.
func TestTheAggregatorWaitsForALeaseAfterAGap(t *testing.T) {
	t.Parallel()
	f, _ := begin(t)
	d := f.node(t, 1)
	until(t, "the node leads", func() (leads bool) {
		d.call(func() { leads = d.table != nil })
		return leads
	})
	d.call(func() {
		now := clock.Now()
		silent := lease.Holder{Node: 99, Instance: 5}
		d.sendBeat(false) // the node has a block then, which does for another
		beat := peers.Beat{Holder: silent, Hash: d.block.Hash, Block: &d.block}
		d.table.Beat(now-100*f.beat, beat)
		if list := d.table.Silent(now); len(list) != 1 || list[0] != silent {
			t.Fatalf("silent are %v", list)
		}
		d.reconnectedPeers(now)
		if d.settled != now+f.lease {
			t.Errorf("the wait ends %v after the reconnect, want a lease", d.settled-now)
		}
		d.table.Beat(now-100*f.beat, beat) // the reconnect has forgiven its silence
		d.lookAtSilent(d.settled - 1)
		if len(d.looks) != 0 {
			t.Error("it looks before the lease is over")
		}
		d.lookAtSilent(d.settled)
		if d.looks[silent] == nil {
			t.Error("it doesn't look after that")
		}
	})
}
