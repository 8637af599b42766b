package lease

import (
	"cmp"
	"slices"
	"time"
)

// Holder is one run of a node.
type Holder struct {
	Node, Instance uint64
}

// Wish is something that a Watch wants done about a holder: Read the record of its node, or
// Ping it.
type Wish struct {
	Do     Do
	Holder Holder
}

// Watch judges when holders are gone. It sees the renewals of their leases, as they are
// stored, and asks when they fail to appear. It errs only on the slow side, except where the
// server says that nobody listens: a holder that is cut off and comes back
// may find that another has acted. Such a holder can't have reached the mesh meanwhile, so
// what it has done is refused.
//
// A holder is gone when
//   - the lease of its node belongs to another, or was given up;
//   - its lease was not renewed for as long as it lasts, seen from here;
//   - the server says that nobody listens to pings, half a lease after the last renewal or when it
//     is first looked at.
//
// After a reconnect nobody is gone before a full lease is over: the server may have been away, and
// the others need time to come back.
type Watch struct {
	ttl     time.Duration
	up      bool
	before  bool          // it has been up before
	settled time.Duration // nobody is gone before this time
	seen    map[Holder]*sight
}

// sight is what is known about a holder.
type sight struct {
	read     bool          // its record has been read since it is watched
	sequence uint64        // of the newest record that was seen; 0: none
	last     time.Duration // when its lease was seen to be renewed last, or when the watch began
	next     time.Duration // when to ask again
	busy     Do            // what has been asked for
}

// NewWatch returns a Watch of leases that last ttl. It does nothing before Up.
func NewWatch(ttl time.Duration) *Watch {
	return &Watch{ttl: ttl, seen: map[Holder]*sight{}}
}

// Add begins to watch a holder. One that is watched already stays as it is.
func (w *Watch) Add(now time.Duration, h Holder) {
	if w.seen[h] == nil {
		w.seen[h] = &sight{last: now, next: now}
	}
}

// Remove ends to watch a holder.
func (w *Watch) Remove(h Holder) { delete(w.seen, h) }

// Watches reports whether a holder is watched. One that is gone isn't.
func (w *Watch) Watches(h Holder) bool { return w.seen[h] != nil }

// Up says that the server can be reached.
func (w *Watch) Up(now time.Duration) {
	if w.up {
		return
	}
	if w.before {
		w.settled = now + w.ttl
	}
	w.up, w.before = true, true
	for _, s := range w.seen {
		s.last, s.next, s.busy = max(s.last, now), now, Nothing
	}
}

// Down says that the server can't be reached. Nobody is judged.
func (w *Watch) Down() { w.up = false }

// Seen says that the record of a node was stored or, with byRead, that it is what a wished Read has
// found. It returns who is gone.
func (w *Watch) Seen(now time.Duration, node uint64, r Record, byRead bool) []Holder {
	if !w.up || r.Foreign && !byRead {
		return nil
	}
	var gone []Holder
	for h, s := range w.seen {
		if h.Node == node && w.sees(now, h, s, r, byRead) {
			gone = append(gone, h)
		}
	}
	return w.forget(gone)
}

// sees judges one holder by a record of its node.
func (w *Watch) sees(now time.Duration, h Holder, s *sight, r Record, byRead bool) bool {
	if byRead && s.busy == Read {
		s.busy = Nothing
	} else if byRead || r.Sequence <= s.sequence || !s.read {
		return false // asked for another, older than what is known, or maybe older than the holder
	}
	first := !s.read
	s.read = true
	switch {
	case r.Instance == h.Instance && r.Sequence > s.sequence:
		s.sequence, s.last = r.Sequence, now
		s.next = now + w.ttl/2
		if first { // nobody may listen any more
			s.next = now
		}
		return false
	case r.Instance != 0 && r.Instance != h.Instance:
		return true
	case r.Instance == 0 && r.Sequence > s.sequence && !first && !byRead:
		return now >= w.settled // given up, or removed by the server because it was over
	}
	s.next = min(max(now+w.ttl/8, w.settled), s.last+w.ttl)
	if first {
		s.next = now
	}
	return now >= w.settled && now >= s.last+w.ttl
}

// Pinged answers a wished Ping. It reports whether the holder is gone.
func (w *Watch) Pinged(now time.Duration, h Holder, p Pong) bool {
	s := w.seen[h]
	if s == nil || s.busy != Ping || !w.up {
		return false
	}
	s.busy = Nothing
	s.next = now + w.ttl/4
	if end := max(s.last+w.ttl, w.settled); end > now {
		s.next = min(s.next, end)
	}
	if p != Nobody || now < w.settled {
		return false
	}
	delete(w.seen, h)
	return true
}

// Failed answers a wished Read that has failed: it is asked for again.
func (w *Watch) Failed(now time.Duration, h Holder) {
	if s := w.seen[h]; s != nil && s.busy == Read {
		s.busy = Nothing
		s.next = now + w.ttl/8
	}
}

// Suspect says that a holder seems to be gone, because it doesn't answer: it is pinged at once.
func (w *Watch) Suspect(now time.Duration, node uint64) {
	for h, s := range w.seen {
		if h.Node == node && s.busy == Nothing {
			s.next = now
		}
	}
}

// Tick returns what is to be done now.
func (w *Watch) Tick(now time.Duration) []Wish {
	if !w.up {
		return nil
	}
	var wishes []Wish
	for h, s := range w.seen {
		if s.busy != Nothing || now < s.next {
			continue
		}
		s.busy = Ping
		if !s.read || now >= max(s.last+w.ttl, w.settled) {
			s.busy = Read
		}
		wishes = append(wishes, Wish{s.busy, h})
	}
	slices.SortFunc(wishes, func(a, b Wish) int { return compare(a.Holder, b.Holder) })
	return wishes
}

// Next returns when Tick has something to do.
func (w *Watch) Next() (at time.Duration, any bool) {
	for _, s := range w.seen {
		if w.up && s.busy == Nothing && (!any || s.next < at) {
			at, any = s.next, true
		}
	}
	return at, any
}

func (w *Watch) forget(gone []Holder) []Holder {
	for _, h := range gone {
		delete(w.seen, h)
	}
	slices.SortFunc(gone, compare)
	return gone
}

func compare(a, b Holder) int {
	if a.Node != b.Node {
		return cmp.Compare(a.Node, b.Node)
	}
	return cmp.Compare(a.Instance, b.Instance)
}
