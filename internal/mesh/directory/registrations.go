//go:build mesh

package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"netmeshos/internal/mesh/directory/lease"
	"netmeshos/internal/mesh/directory/queue"
	"netmeshos/internal/mesh/link"
)

// registered is a daemon that this node has registered.
type registered struct {
	queue  queue.Queue
	record registrationRecord
	shown  queue.Standing
	told   bool // the listener knows shown
	ahead  []lease.Holder
	again  bool // the registration is being stored anew

	restoring bool   // the same, in its old place
	garbled   uint64 // sequence of what somebody has put in its place last
}

var errClosed = errors.New("the node has left the mesh")

// Register puts this node at the end of the queue of a daemon, and tells the listener where it stands. It waits
// for the servers, until ctx ends. Errors are those of link.
func (d *Directory) Register(ctx context.Context, id uint64, name string, stateless bool) error {
	record := registrationRecord{V: recordVersion, Instance: link.Hex(d.self.Instance), Name: strings.ToValidUTF8(name, "\ufffd"), Stateless: stateless}
	r := &registered{record: record}
	if !d.call(func() { d.queues[id] = r }) {
		return errClosed
	}
	d.follows.Lock()
	err := d.follow.Add(d.names.RegistrationsOf(id))
	d.follows.Unlock()
	if err == nil {
		_, err = d.enqueue(ctx, id, r)
	}
	if err != nil {
		d.Unregister(id)
	}
	return err
}

// enqueue stores the registration, and reads the queue.
func (d *Directory) enqueue(ctx context.Context, id uint64, r *registered) (sequence uint64, err error) {
	if sequence, err = d.storeOwn(ctx, id, r); err != nil {
		return 0, err
	}
	return sequence, d.read(ctx, id, sequence)
}

// storeOwn stores the registration. Only the run of a node that holds its lease may do that: one that wakes up after
// another has taken its place would push that out of the queue. It may be stopped after it has looked, so
// nothing may have come in between.
func (d *Directory) storeOwn(ctx context.Context, id uint64, r *registered) (sequence uint64, err error) {
	subject, expect := d.names.Registration(id, d.self.Node), uint64(0)
	d.call(func() { expect = r.queue.Newest(d.self.Node) })
	for {
		if _, held := d.Held(); !held {
			return 0, &link.Error{Class: link.ErrDown, Detail: "this node does not hold its lease now"}
		}
		var record []byte
		if !d.call(func() { record = marshal(r.record) }) { // as it is by now
			return 0, errClosed
		}
		sequence, err = d.o.Link.Store(ctx, subject, record, link.Storing{Expect: &expect})
		if !errors.Is(err, link.ErrConflict) {
			return sequence, err
		}
		m, err := d.o.Link.Last(ctx, subject)
		if err != nil && !errors.Is(err, link.ErrNone) {
			return 0, err
		}
		expect = m.Sequence
	}
}

// read reads the queue of a daemon. What is read must have our registration, or the server
// that answered is behind.
func (d *Directory) read(ctx context.Context, id, sequence uint64) error {
	for {
		messages, err := d.o.Link.LastOf(ctx, d.names.MetaStream(), d.names.RegistrationsOf(id))
		if err != nil {
			return err
		}
		newest := uint64(0)
		for _, m := range messages {
			newest = max(newest, m.Sequence)
		}
		if newest < sequence {
			select {
			case <-time.After(20 * time.Millisecond):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		d.call(func() { d.takeAll(messages) })
		return nil
	}
}

// takeAll takes registrations that were read.
func (d *Directory) takeAll(messages []link.Message) {
	for _, m := range messages {
		var id, node uint64
		if kind, rest, ok := d.names.ParseMeta(m.Subject); ok && kind == "reg" && link.ParseIDs(rest, &id, &node) {
			d.hearRegistration(id, node, m)
		}
	}
}

// hearRegistration takes a registration that was stored.
func (d *Directory) hearRegistration(id, node uint64, m link.Message) {
	r := d.queues[id]
	if r == nil {
		return
	}
	k, err := registrationOf(node, m)
	if err != nil {
		d.foreign(id, m, err)
		if node == d.self.Node {
			r.garbled = max(r.garbled, m.Sequence)
			d.restore(id, r)
		}
		return
	}
	if !r.queue.Put(k) {
		return
	}
	d.standing(id, r)
	if h := k.Holder; h.Node == d.self.Node && h.Instance != d.self.Instance && !r.again && r.told && !d.left {
		d.again(id, r) // others took this node for gone
	}
}

// registrationOf reads a registration of a node; its instance is 0 if it was withdrawn. An error: it is none.
func registrationOf(node uint64, m link.Message) (queue.Registration, error) {
	var stored registrationRecord
	k := queue.Registration{Sequence: m.Sequence, Holder: lease.Holder{Node: node}}
	if m.Marker != "" {
		return k, nil
	}
	var err error
	k.Holder.Instance, err = stored.read(m.Data)
	k.Place, k.Drained = stored.Place, stored.Drained
	return k, err
}

// again puts this node at the end of the queue once more, unless its lease is over: then rejoin does it.
func (d *Directory) again(id uint64, r *registered) {
	if !d.told {
		return
	}
	r.again = true
	d.task(d.o.Lease, func(ctx context.Context) func() {
		_, _ = d.enqueue(ctx, id, r) // what has come of it shows in the queue
		return func() {
			r.again = false
			// It was not stored, or others have taken this node for gone once more.
			if _, has := r.queue.Has(d.self); !has {
				d.later(d.o.Lease/6, func() { d.retry(id, r) })
			}
		}
	})
}

func (d *Directory) retry(id uint64, r *registered) {
	if _, has := r.queue.Has(d.self); !has && d.queues[id] == r && r.told && !r.again && !d.left {
		d.again(id, r)
	}
}

// rejoin puts this node back into the queues that it has lost its place in while its lease was over.
func (d *Directory) rejoin() {
	for id, r := range d.queues {
		d.retry(id, r)
	}
}

// standing tells where this node stands now, and watches those before it.
func (d *Directory) standing(id uint64, r *registered) {
	ahead := r.queue.Ahead(d.self)
	if _, has := r.queue.Has(d.self); !has {
		ahead = nil
	}
	for _, h := range ahead {
		if !slices.Contains(r.ahead, h) {
			d.watchHolder(h)
		}
	}
	for _, h := range r.ahead {
		if !slices.Contains(ahead, h) {
			d.unwatchHolder(h)
		}
	}
	r.ahead = ahead
	s := r.queue.Of(d.self)
	if _, has := r.queue.Has(d.self); !has && !r.told {
		return // the own registration isn't seen yet
	}
	if !r.told || !s.Equal(r.shown) {
		r.shown, r.told = s, true
		d.tell(func(l Listener) { l.StandingChanged(id, s) })
	}
}

// Unregister takes this node out of the queue of a daemon: the next one has its turn at once. The daemon must
// have been handed over. It doesn't wait for the servers.
func (d *Directory) Unregister(id uint64) {
	d.call(func() {
		r := d.queues[id]
		if r == nil {
			return
		}
		delete(d.queues, id)
		if r.queue.Of(d.self).Turn {
			d.ending[id] = r.record.Name
		}
		for _, h := range r.ahead {
			d.unwatchHolder(h)
		}
		d.withdrawOwn(id)
		d.send(func() { d.unfollow(id) })
	})
}

// unfollow ends to follow the queue of a daemon, unless it is registered again meanwhile.
func (d *Directory) unfollow(id uint64) {
	again := false
	d.follows.Lock()
	defer d.follows.Unlock()
	if d.call(func() { again = d.queues[id] != nil }) && !again {
		_ = d.follow.Remove(d.names.RegistrationsOf(id))
	}
}

// Standing returns where this node stands with a daemon that it has registered.
func (d *Directory) Standing(id uint64) (s queue.Standing, known bool) {
	d.call(func() {
		if r := d.queues[id]; r != nil && r.told {
			s, known = r.shown, true
		}
	})
	return s, known
}

// call runs f on the goroutine and waits for that. It is false if the directory is closed.
func (d *Directory) call(f func()) bool {
	done := make(chan struct{})
	d.post(func() { f(); close(done) })
	select {
	case <-done:
		return true
	case <-d.ended:
		return false
	}
}
