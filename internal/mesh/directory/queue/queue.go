// Package queue owns the order of the nodes that have registered a daemon: the one whose
// registration was stored first runs it, the others stand by and follow in their order. It is
// pure.
package queue

import (
	"cmp"
	"slices"

	"netmeshos/internal/mesh/directory/lease"
)

// Registration says that a run of a node has registered a daemon.
type Registration struct {
	Sequence uint64 // of the stored record: the order of the queue
	Holder   lease.Holder
	Drained  bool   // its node is in maintenance: it comes after all that aren't
	Place    uint64 // of an earlier record of the same registration, which is its place in the queue; 0: Sequence is
}

func drained(r Registration) int {
	if r.Drained {
		return 1
	}
	return 0
}

func (r Registration) place() uint64 {
	if r.Place != 0 {
		return r.Place
	}
	return r.Sequence
}

// Standing is where a node stands in the queue of a daemon.
type Standing struct {
	Turn     bool     // the node is the first of those that are not gone: it may claim the daemon
	Owner    uint64   // the first; 0: nobody has registered the daemon
	Standbys []uint64 // the nodes after it, in their order
}

// Equal reports whether two standings are the same.
func (s Standing) Equal(t Standing) bool {
	return s.Turn == t.Turn && s.Owner == t.Owner && slices.Equal(s.Standbys, t.Standbys)
}

// Queue is the queue of one daemon. The zero value is an empty one.
type Queue struct {
	waiting []Registration // in order; those that are gone are not in it
	known   map[uint64]uint64
}

// Put notes what is stored as the registration of a node. A record with instance 0 says that the
// node has withdrawn it. What is older than what is known of that node is ignored, and so is
// what is known.
func (q *Queue) Put(r Registration) (changed bool) {
	if r.Sequence <= q.known[r.Holder.Node] {
		return false
	}
	if q.known == nil {
		q.known = map[uint64]uint64{}
	}
	q.known[r.Holder.Node] = r.Sequence
	q.waiting = slices.DeleteFunc(q.waiting, func(w Registration) bool { return w.Holder.Node == r.Holder.Node })
	if r.Holder.Instance != 0 {
		q.waiting = append(q.waiting, r)
		slices.SortFunc(q.waiting, func(a, b Registration) int {
			return cmp.Or(drained(a)-drained(b), cmp.Compare(a.place(), b.place()), cmp.Compare(a.Sequence, b.Sequence))
		})
	}
	return true
}

// Newest returns the sequence of the newest record that is known of a node; 0: none is.
func (q *Queue) Newest(node uint64) uint64 { return q.known[node] }

// Gone takes out a holder that has crashed or left. If it comes back, it registers anew.
func (q *Queue) Gone(h lease.Holder) (changed bool) {
	before := len(q.waiting)
	q.waiting = slices.DeleteFunc(q.waiting, func(w Registration) bool { return w.Holder == h })
	return len(q.waiting) != before
}

// Of returns where a holder stands.
func (q *Queue) Of(h lease.Holder) (s Standing) {
	for i, w := range q.waiting {
		if i == 0 {
			s.Owner, s.Turn = w.Holder.Node, w.Holder == h
			continue
		}
		s.Standbys = append(s.Standbys, w.Holder.Node)
	}
	return s
}

// Ahead returns the holders before h, whose end would bring its turn nearer.
func (q *Queue) Ahead(h lease.Holder) (ahead []lease.Holder) {
	for _, w := range q.waiting {
		if w.Holder == h {
			break
		}
		ahead = append(ahead, w.Holder)
	}
	return ahead
}

// Has returns the registration of a holder.
func (q *Queue) Has(h lease.Holder) (Registration, bool) {
	i := slices.IndexFunc(q.waiting, func(w Registration) bool { return w.Holder == h })
	if i < 0 {
		return Registration{}, false
	}
	return q.waiting[i], true
}
