//go:build mesh

package directory

import (
	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/lease"
)

// leaderWatchers is how many nodes watch the aggregator's lease, so that one of them goes on as soon as it is over. The others
// hear that from it.
const leaderWatchers = 3

// watchLeader watches the aggregator, if this node is one of the first that would take its place.
func (d *Directory) watchLeader() {
	h := d.directory.Aggregator()
	if d.table != nil || h == d.self || h == d.ledBefore || d.directory.Rank(d.self.Node) >= leaderWatchers {
		h = lease.Holder{}
	}
	if h == d.leader {
		return
	}
	if d.leader.Instance != 0 {
		d.unwatchHolder(d.leader)
	}
	if d.leader = h; h.Instance != 0 {
		d.watchHolder(h)
	}
}

// leaderGone has another node elected, if the run of a node that is over was the aggregator.
func (d *Directory) leaderGone(h lease.Holder) {
	if h != d.leader {
		return
	}
	d.leader, d.ledBefore = lease.Holder{}, h
	d.unwatchHolder(h)
	d.election.Gone(clock.Now(), h)
}
