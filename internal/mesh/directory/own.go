//go:build mesh

package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	json "github.com/goccy/go-json"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/link"
)

// doOwn carries out what the machine of the own lease wants, and tells what has changed.
func (d *Directory) doOwn(do lease.Do, arg uint64) {
	d.tellLease()
	names, l := d.names, d.o.Link
	switch do {
	case lease.Read:
		d.task(d.patience(), func(ctx context.Context) func() {
			r, err := d.readLease(ctx, d.self.Node)
			return func() {
				if err != nil {
					d.doOwn(d.own.Failed(clock.Now()))
					return
				}
				if r.Sequence == 0 && d.toldEpoch != 0 {
					d.gap("") // it may be gone with everything else that was stored
				}
				d.doOwn(d.own.Found(clock.Now(), r))
			}
		})
	case lease.Store:
		served := d.answerPings()
		data := marshal(leaseRecord{recordVersion, link.Hex(d.self.Instance), d.started(), d.o.Version})
		d.task(d.patience(), func(ctx context.Context) func() {
			if !await(ctx, served) {
				return func() { d.doOwn(d.own.Failed(clock.Now())) }
			}
			sequence, err := l.Store(ctx, names.Lease(d.self.Node), data, link.Storing{Expect: &arg, TTL: d.o.Lease})
			return func() { d.storedLease(sequence, err) }
		})
	case lease.Ping:
		silent := d.refusePings()
		d.task(d.patience(), func(ctx context.Context) func() {
			if !await(ctx, silent) {
				return func() { d.doOwn(d.own.Pinged(clock.Now(), lease.Silent)) }
			}
			pong := d.ping(ctx, lease.Holder{Node: d.self.Node, Instance: arg})
			return func() { d.doOwn(d.own.Pinged(clock.Now(), pong)) }
		})
	case lease.Give:
		data := marshal(leaseRecord{V: recordVersion})
		d.task(d.o.Lease, func(ctx context.Context) func() {
			_, _ = l.Store(ctx, names.Lease(d.self.Node), data, link.Storing{Expect: &arg, TTL: d.o.Lease}) // otherwise it ends by itself
			return func() {
				d.own.Gave()
				d.tellLease()
			}
		})
	}
}

func (d *Directory) storedLease(sequence uint64, err error) {
	now := clock.Now()
	switch {
	case err == nil:
		d.doOwn(d.own.Stored(now, sequence))
	case errors.Is(err, link.ErrConflict):
		d.doOwn(d.own.Refused(now))
	default:
		if errors.Is(err, link.ErrRefused) || errors.Is(err, link.ErrFull) {
			d.log("error", "The lease of this node can't be renewed: "+err.Error())
		}
		d.doOwn(d.own.Failed(now))
	}
}

// tellLease tells who must know how it stands with the lease.
func (d *Directory) tellLease() {
	held := d.own.Held(clock.Now())
	if held {
		d.epoch.Store(d.own.Epoch())
		d.until.Store(int64(d.own.Until()))
	} else {
		d.until.Store(0)
	}
	fresh := held && d.toldEpoch != d.own.Epoch()
	if d.told && (!held || fresh) {
		d.told = false
		if !d.left {
			d.log("warn", "The lease of this node is over: others may take over its daemons")
		}
		d.tell(func(l Listener) { l.LeaseChanged(false, d.toldEpoch) })
	}
	if fresh {
		if d.toldEpoch != 0 {
			d.log("info", "This node holds its lease again")
		}
		d.told, d.toldEpoch = true, d.own.Epoch()
		d.nextBeat = clock.Now()
		d.tell(func(l Listener) { l.LeaseChanged(true, d.toldEpoch) })
		d.rejoin()
	}
	if d.given != nil && d.own.Status() == lease.Given && !d.own.Busy() {
		close(d.given)
		d.given = nil
	}
	if status := d.own.Status(); status != d.toldStatus {
		d.toldStatus = status
		if status == lease.Taken && d.toldEpoch != 0 {
			d.log("error", fmt.Sprintf("Another live node has the id of this one, %d: give each its own (this_node)", d.self.Node))
		}
		select {
		case d.acquired <- status:
		default: // nobody waits any more
		}
	}
}

func (d *Directory) tell(f func(Listener)) {
	if d.o.Listener != nil {
		f(d.o.Listener)
	}
}

func (d *Directory) started() int64 {
	if d.o.State == nil {
		return time.Now().UnixMilli()
	}
	return d.o.State().Started.UnixMilli()
}

// patience is how long to wait for an answer about a lease. A renewal that has failed must have time for
// others.
func (d *Directory) patience() time.Duration {
	return max(d.o.Lease/6, min(d.o.Lease/3, time.Second))
}

// readLease reads the lease of a node from the leader.
func (d *Directory) readLease(ctx context.Context, node uint64) (lease.Record, error) {
	m, err := d.o.Link.Last(ctx, d.names.Lease(node))
	if errors.Is(err, link.ErrNone) {
		return lease.Record{}, nil
	}
	if err != nil {
		return lease.Record{}, err
	}
	return d.leaseOf(m), nil
}

// leaseOf reads a stored lease.
func (d *Directory) leaseOf(m link.Message) lease.Record {
	r := lease.Record{Sequence: m.Sequence}
	if m.Marker != "" {
		return r
	}
	var stored leaseRecord
	instance, err := stored.read(m.Data)
	if err != nil {
		d.foreign(0, m, err)
		r.Foreign = true
	}
	r.Instance = instance
	return r
}

// ping asks whether a run of a node lives.
func (d *Directory) ping(ctx context.Context, h lease.Holder) lease.Pong {
	ctx, cancel := context.WithTimeout(ctx, min(max(d.o.Lease/6, 200*time.Millisecond), time.Second))
	defer cancel()
	answer, err := d.o.Link.Request(ctx, d.names.Node(h.Node, "ping"), marshal(pingRecord{recordVersion, link.Hex(h.Instance)}))
	var pong pingRecord
	switch {
	case errors.Is(err, link.ErrNobody):
		return lease.Nobody
	case err == nil && json.Unmarshal(answer, &pong) == nil && pong.Instance == link.Hex(h.Instance):
		return lease.Alive
	}
	return lease.Silent // or another run of the node, which its lease will show
}

// Pings are answered from before the lease is stored, so that a node that finds the lease finds somebody who answers.
// While this node asks whether another has its id, it must not answer itself.

// answerPings returns a channel that is closed when pings are answered.
func (d *Directory) answerPings() <-chan struct{} {
	served := make(chan struct{})
	d.send(func() {
		if d.silence == nil {
			own := marshal(pingRecord{recordVersion, link.Hex(d.self.Instance)})
			stop, err := d.o.Link.Serve(d.names.Node(d.self.Node, "ping"), func(r link.Request) { _ = r.Respond(own) })
			if err != nil {
				return // whoever waits tries again
			}
			d.silence = stop
		}
		close(served)
	})
	return served
}

// refusePings returns a channel that is closed when pings are not answered.
func (d *Directory) refusePings() <-chan struct{} {
	silent := make(chan struct{})
	d.send(func() {
		if d.silence != nil {
			d.silence()
			d.silence = nil
		}
		close(silent)
	})
	return silent
}

func await(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
