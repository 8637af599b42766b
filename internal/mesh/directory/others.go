//go:build mesh

package directory

import (
	"context"
	"errors"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/link"
)

// tickWatch does what the watch of others' leases wants.
func (d *Directory) tickWatch(now time.Duration) {
	for _, w := range d.watch.Tick(now) {
		h := w.Holder
		switch w.Do {
		case lease.Read:
			d.task(d.patience(), func(ctx context.Context) func() {
				r, err := d.readLease(ctx, h.Node)
				return func() {
					if err != nil {
						d.watch.Failed(clock.Now(), h)
						return
					}
					d.gone(d.watch.Seen(clock.Now(), h.Node, r, true))
				}
			})
		case lease.Ping:
			d.task(d.patience(), func(ctx context.Context) func() {
				pong := d.ping(ctx, h)
				return func() {
					if d.watch.Pinged(clock.Now(), h, pong) {
						d.gone([]lease.Holder{h})
					}
				}
			})
		}
	}
}

// hearLease takes a lease that was stored, of a node that is watched.
func (d *Directory) hearLease(node uint64, m link.Message) {
	d.gone(d.watch.Seen(clock.Now(), node, d.leaseOf(m), false))
}

// watchHolder begins to watch one that is before this node in a queue; each call has its unwatch.
func (d *Directory) watchHolder(h lease.Holder) {
	d.watched[h]++
	if d.watched[h] > 1 {
		return
	}
	d.watch.Add(clock.Now(), h)
	subject := d.names.Lease(h.Node)
	d.send(func() { _ = d.follow.Add(subject) }) // without it, its renewals are read
}

func (d *Directory) unwatchHolder(h lease.Holder) {
	d.watched[h]--
	if d.watched[h] > 0 {
		return
	}
	delete(d.watched, h)
	d.watch.Remove(h)
	for other := range d.watched {
		if other.Node == h.Node {
			return
		}
	}
	subject := d.names.Lease(h.Node)
	d.send(func() { _ = d.follow.Remove(subject) })
}

// Watch calls gone once the run of a node is known to be over, on the directory's goroutine: gone must not
// block. It is asked at once, so that one that is over already is found soon. Each run has at most one such call
// waiting: another replaces it. nil ends the watch.
func (d *Directory) Watch(h lease.Holder, gone func()) {
	d.post(func() {
		_, before := d.calls[h]
		switch {
		case gone == nil:
			delete(d.calls, h)
			if before {
				d.unwatchHolder(h)
			}
			return
		case !before:
			d.watchHolder(h)
		}
		d.calls[h] = gone
	})
}

// gone takes holders that are gone out of all queues, and calls who waits for that.
func (d *Directory) gone(holders []lease.Holder) {
	for _, h := range holders {
		if call := d.calls[h]; call != nil {
			delete(d.calls, h)
			d.unwatchHolder(h)
			call()
		}
		d.tellAwaited(h)
		d.leaderGone(h)
		for id, r := range d.queues {
			before, had := r.queue.Has(h)
			if !r.queue.Gone(h) {
				continue
			}
			d.standing(id, r)
			if h == d.self { // others take it for gone
				d.retry(id, r)
				continue
			}
			if had && r.shown.Turn {
				d.withdraw(id, h.Node, &before.Sequence)
			}
		}
	}
}

// goneToo takes what the aggregator has found: the leases of these are over. Those that this node waits for it
// asks itself, because the aggregator may have known the servers for longer.
func (d *Directory) goneToo(holders []lease.Holder) {
	for _, h := range holders {
		if d.watch.Watches(h) {
			d.watch.Suspect(clock.Now(), h.Node)
		} else {
			d.gone([]lease.Holder{h})
		}
	}
}

// withdraw removes a registration: the own one, or that of a node that is gone, which must still be
// the one that was seen.
func (d *Directory) withdraw(id, node uint64, expect *uint64) {
	d.task(d.o.Lease, func(ctx context.Context) func() {
		// The record is of use only until all have seen it.
		_, err := d.o.Link.Store(ctx, d.names.Registration(id, node), marshal(registrationRecord{V: recordVersion}), link.Storing{Expect: expect, TTL: time.Minute})
		if err == nil || errors.Is(err, link.ErrConflict) || node != d.self.Node {
			return nil // one that stays belongs to a run that is known to be gone
		}
		return func() { d.withdrawLater(id) }
	})
}
