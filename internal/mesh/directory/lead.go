//go:build mesh

package directory

import (
	"context"
	"encoding/binary"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/peers"
	"netmeshos/internal/mesh/link"
)

// tickPeers does what is due for the peers, and returns when it must be called again.
func (d *Directory) tickPeers(now time.Duration) (next time.Duration) {
	if d.left || d.toldEpoch == 0 { // a node without a lease is none yet
		return now + d.o.Beat
	}
	if now >= d.nextBeat {
		d.nextBeat = now + d.o.Beat
		if d.told { // or another run of this node that has taken its place would look gone
			d.sendBeat(false)
		}
		d.showPeers(now)
	}
	next = d.nextBeat
	if d.o.Link.Up() {
		d.elect(d.election.Tick(now))
		d.fetch(now)
	}
	if at, any := d.election.Next(); any {
		next = min(next, max(at, now+d.o.Beat/20))
	}
	if d.directory.Behind() {
		next = min(next, max(d.nextFetch, now+d.o.Beat/20))
	}
	d.watchLeader()
	if d.table != nil {
		d.lookAtSilent(now)
		d.publish(now)
		next = min(next, d.table.Next(), now+d.o.Beat/4)
	}
	return next
}

// lead begins or ends the work of the aggregator.
func (d *Directory) lead() {
	term := d.election.Term()
	switch {
	case term != 0 && d.leads != term:
		d.leads = term
		d.table = peers.NewTable(d.self, term, d.o.Beat, clock.Now(), d.directory)
		d.table.Gone(d.ledBefore)
		d.nextBeat = clock.Now() // its own beat too
		d.send(func() {
			_ = d.follow.Add(d.names.Beats())
			if d.unserve == nil {
				d.unserve, _ = d.o.Link.Serve(d.names.Node(d.self.Node, "peers"), d.servePage) // without it, others see changes only
			}
		})
		d.log("info", "This node collects the beats of the others")
	case term == 0 && d.leads != 0:
		d.leads, d.table = 0, nil
		clear(d.looks)
		d.send(func() {
			_ = d.follow.Remove(d.names.Beats())
			if d.unserve != nil {
				d.unserve()
				d.unserve = nil
			}
		})
	}
}

// hearBeat takes a beat. The subject says whose it is: a node may speak only for itself.
func (d *Directory) hearBeat(m link.Message) {
	node, named := d.names.ParseBeat(m.Subject)
	b, ok := peers.DecodeBeat(m.Data)
	if !named || !ok || b.Holder.Node != node {
		d.unstored(m, d.names.Beats(), "beat of this node")
		return
	}
	if d.table == nil {
		return
	}
	d.table.Beat(clock.Now(), b)
	if b.Leaving {
		delete(d.looks, b.Holder)
	}
}

func (d *Directory) publish(now time.Duration) {
	if messages := d.table.Publish(now); len(messages) > 0 {
		d.task(d.o.Beat, func(context.Context) func() {
			for _, m := range messages {
				_ = d.o.Link.Publish(d.names.Peers(), m) // who misses it reads everything
			}
			return nil
		})
	}
}

// look is what the aggregator knows of the lease of a node whose beats don't come.
type look struct {
	sequence uint64
	since    time.Duration // it hasn't been renewed
	next     time.Duration
	busy     bool
}

// looksAtOnce is how many leases are read at a time.
const looksAtOnce = 32

// lookAtSilent removes the nodes whose leases are over.
func (d *Directory) lookAtSilent(now time.Duration) {
	silent := d.table.Silent(now)
	if len(silent) == 0 || now < d.settled || !d.o.Link.Up() {
		return
	}
	busy := 0
	for _, k := range d.looks {
		if k.busy {
			busy++
		}
	}
	for _, h := range silent {
		k := d.looks[h]
		if k == nil {
			k = &look{since: now}
			d.looks[h] = k
		}
		if k.busy || now < k.next || busy >= looksAtOnce {
			continue
		}
		k.busy = true
		busy++
		d.task(d.patience(), func(ctx context.Context) func() {
			r, err := d.readLease(ctx, h.Node)
			return func() { d.looked(h, k, r, err) }
		})
	}
}

func (d *Directory) looked(h lease.Holder, k *look, r lease.Record, err error) {
	now := clock.Now()
	k.busy, k.next = false, now+min(d.o.Lease/6, d.o.Beat/4)
	if err != nil || d.table == nil {
		return
	}
	switch {
	case r.Instance == h.Instance && r.Sequence != k.sequence:
		k.sequence, k.since = r.Sequence, now
	case r.Instance != h.Instance && !r.Foreign, now >= k.since+d.o.Lease:
		delete(d.looks, h)
		d.table.Gone(h)
	}
}

// hearChanges takes a message of an aggregator.
func (d *Directory) hearChanges(m link.Message) {
	c, ok := peers.DecodeChanges(m.Data)
	if !ok {
		d.unstored(m, d.names.Peers(), "message of an aggregator")
		return
	}
	now := clock.Now()
	h, ok := d.directory.Apply(now, d.self.Node, c)
	if !ok {
		return
	}
	d.showBlock = d.showBlock || h.Wanted
	d.election.Heard(now, h.Term, h.Aggregator, h.Leaving)
	d.lead()
	d.goneToo(c.Gone)
	if h.Changed {
		d.showPeers(now)
	}
}

func (d *Directory) showPeers(now time.Duration) {
	if d.o.Peers != nil {
		d.o.Peers(d.directory.Peers(now, d.self.Node, d.rtt))
	}
}

// fetch reads everything from the aggregator, if something was missed.
func (d *Directory) fetch(now time.Duration) {
	leader := d.directory.Aggregator()
	if !d.directory.Behind() || d.fetching || now < d.nextFetch || leader.Instance == 0 {
		return
	}
	d.fetching = true
	d.task(d.o.Beat, func(ctx context.Context) func() {
		pages := d.pages(ctx, leader.Node)
		return func() {
			d.fetching = false
			now := clock.Now()
			d.nextFetch = now + d.o.Beat/4
			d.directory.Fetched(now, pages)
			d.showPeers(now)
		}
	})
}

// pages reads all pages; without an answer none.
func (d *Directory) pages(ctx context.Context, leader uint64) (pages []peers.Page) {
	request := make([]byte, 9) // all, or those after an id
	request[0] = 1
	for {
		answer, err := d.o.Link.Request(ctx, d.names.Node(leader, "peers"), request)
		if err != nil {
			return nil
		}
		p, ok := peers.DecodePage(answer)
		if !ok {
			return nil
		}
		pages = append(pages, p)
		if !p.More || len(p.Nodes) == 0 {
			return pages
		}
		request[0] = 0
		binary.LittleEndian.PutUint64(request[1:], p.Nodes[len(p.Nodes)-1].Holder.Node)
	}
}

// servePage runs on a goroutine of the link.
func (d *Directory) servePage(r link.Request) {
	if len(r.Data) != 9 {
		return
	}
	all, after := r.Data[0] != 0, binary.LittleEndian.Uint64(r.Data[1:])
	d.post(func() {
		if d.table != nil {
			page := d.table.Page(after, all).Encode()
			d.task(d.o.Beat, func(context.Context) func() { _ = r.Respond(page); return nil })
		}
	})
}

// reconnectedPeers says that the servers can be reached again.
func (d *Directory) reconnectedPeers(now time.Duration) {
	if !d.connectedBefore {
		d.connectedBefore = true
		return
	}
	d.settled = now + d.o.Lease
	d.nextBeat = now
	d.directory.Missed()
	d.election.Reconnected(now)
	if d.table != nil {
		d.table.Reconnected(now)
	}
}

// leavePeers says that this node leaves.
func (d *Directory) leavePeers() {
	d.sendBeat(true)
	if d.table == nil {
		return
	}
	messages := [][]byte{d.table.Leave()}
	term := d.leads
	d.election.Resign(clock.Now())
	d.lead()
	d.task(d.o.Beat, func(ctx context.Context) func() {
		for _, m := range messages {
			_ = d.o.Link.Publish(d.names.Peers(), m)
		}
		_, _ = d.o.Link.Store(ctx, d.names.Aggregator(), marshal(aggregatorRecord{V: recordVersion}), link.Storing{Expect: &term})
		return nil
	})
}
