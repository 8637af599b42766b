package actor

import "netmeshos/internal/event"

const (
	// BatchEvents is the most events that one call of Process gets: enough to spread the
	// cost of the call over many events, few enough that control events, probes and callers
	// don't wait long for the end of a batch.
	BatchEvents = 256
	// coalesceEvents and coalesceBytes bound the batch in which events that are posted
	// one by one are collected.
	coalesceEvents = 256
	coalesceBytes  = 1 << 16
)

// inbox is the queue of events that wait for one daemon. Its capacity is enforced by
// those who enqueue.
type inbox struct {
	segments []segment // oldest first; none is empty
	first    int       // how many events of segments[0] have been removed
	waiting  int       // how many events wait
	removed  uint64    // how many events have ever been removed
}

// segment is a batch in the inbox. If it has an arena, the inbox owns its memory: it may
// grow, and the arena is freed once its last event is removed. Otherwise it may be shared.
type segment struct {
	event.Batch
	arena *event.Arena
}

// enqueue appends copies of events.
func (q *inbox) enqueue(events []event.Event) {
	if len(events) == 0 {
		return
	}
	q.waiting += len(events)
	if n := len(q.segments); n > 0 && q.segments[n-1].arena != nil && len(events) < coalesceEvents {
		last := &q.segments[n-1]
		for len(events) > 0 && last.Len() < coalesceEvents && len(last.Bytes) < coalesceBytes {
			last.arena.Add(&events[0])
			last.Batch = last.arena.Batch()
			events = events[1:]
		}
	}
	if len(events) > 0 {
		arena := event.Pack(events)
		q.segments = append(q.segments, segment{arena.Batch(), arena})
	}
}

// enqueueShared appends a batch that others read too.
func (q *inbox) enqueueShared(b event.Batch) {
	q.waiting += b.Len()
	q.segments = append(q.segments, segment{Batch: b})
}

// end returns the value that removed will have once all events that wait now have been
// removed.
func (q *inbox) end() uint64 { return q.removed + uint64(q.waiting) }

// peek returns the next events, at most limit and at most BatchEvents of them, without
// removing them. They all come from one segment.
func (q *inbox) peek(limit int) event.Batch {
	b := q.segments[0].Batch
	return b.Slice(q.first, min(b.Len(), q.first+min(limit, BatchEvents)))
}

// remove removes the next n events. peek has returned them, and nobody uses them any more.
func (q *inbox) remove(n int) {
	q.waiting -= n
	q.removed += uint64(n)
	q.first += n
	if len(q.segments) == 0 || q.first < q.segments[0].Len() {
		return
	}
	if arena := q.segments[0].arena; arena != nil {
		arena.Free()
	}
	q.first = 0
	q.segments[0] = segment{}
	q.segments = q.segments[1:]
	if len(q.segments) == 0 {
		q.segments = nil
	}
}

// discard removes all events except the first keep, which peek has returned, and returns
// how many it removed.
func (q *inbox) discard(keep int) int {
	discarded := q.waiting - keep
	if discarded == 0 {
		return 0
	}
	end := q.end()
	if keep == 0 {
		*q = inbox{removed: end}
		return discarded
	}
	*q = inbox{
		segments: []segment{{Batch: q.segments[0].Slice(0, q.first+keep)}},
		first:    q.first,
		waiting:  keep,
		removed:  end - uint64(keep),
	}
	return discarded
}
