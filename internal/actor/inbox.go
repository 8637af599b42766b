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

// inbox is the queue of events that wait for one daemon, and the stage in front of it.
// Whoever adds events takes room for them before.
type inbox struct {
	segments []segment // oldest first; none is empty
	waiting  int       // how many events wait, those in the stage not included
	removed  uint64    // how many events have ever been removed
	stage    Stage     // nil: none
	first    int32     // how many events of segments[0] have been removed
	open     bool      // the stage is open
	away     bool      // events go through the mesh, see Divert
}

// segment is a batch in the inbox. Its memory is freed once its last event is removed. If
// that is an arena, it may grow.
type segment struct {
	event.Batch
	arena  *event.Arena // nil: the batch can't grow
	memory Memory       // nil: others have the batch, too
}

// takeRoom takes as much room as there is, at most n.
func (q *inbox) takeRoom(n, capacity int) int {
	if q.open {
		return q.stage.TakeRoom(n)
	}
	return max(0, min(n, capacity-q.waiting))
}

// exceed takes room that isn't there.
func (q *inbox) exceed(n int) {
	if q.open {
		q.stage.AddRoom(-n)
	}
}

// openStage opens the stage, if there is one.
func (q *inbox) openStage(capacity int) {
	if q.stage != nil && !q.open {
		q.open = true
		q.stage.Open(capacity - q.waiting)
	}
}

// closeStage closes the stage and moves what is in it.
func (q *inbox) closeStage() {
	if q.open {
		q.stage.Close()
		q.absorb()
		q.open = false
	}
}

// absorb moves the events that are in the stage into the queue.
func (q *inbox) absorb() {
	if !q.open || q.stage.Staged() == 0 {
		return
	}
	q.stage.Take(func(b event.Batch, m Memory) {
		q.waiting += b.Len()
		q.segments = append(q.segments, segment{Batch: b, memory: m})
	})
}

// isEmpty reports whether no event waits.
func (q *inbox) isEmpty() bool {
	if q.waiting == 0 {
		q.absorb()
	}
	return q.waiting == 0
}

// depth returns how many events wait.
func (q *inbox) depth() int {
	if !q.open {
		return q.waiting
	}
	return q.waiting + q.stage.Staged()
}

// enqueue appends copies of events.
func (q *inbox) enqueue(events []event.Event) {
	if len(events) == 0 {
		return
	}
	q.absorb()
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
		q.segments = append(q.segments, segment{arena.Batch(), arena, arena})
	}
}

// enqueueShared appends a batch that others read too.
func (q *inbox) enqueueShared(b event.Batch) {
	q.absorb()
	q.waiting += b.Len()
	q.segments = append(q.segments, segment{Batch: b})
}

// end returns the value that removed will have once all events that wait now have been
// removed.
func (q *inbox) end() uint64 {
	q.absorb()
	return q.removed + uint64(q.waiting)
}

// peek returns the next events, at most limit and at most BatchEvents of them, without
// removing them. They all come from one segment.
func (q *inbox) peek(limit int) event.Batch {
	b := q.segments[0].Batch
	return b.Slice(int(q.first), min(b.Len(), int(q.first)+min(limit, BatchEvents)))
}

// remove removes the next n events. peek has returned them, and nobody uses them any more.
func (q *inbox) remove(n int) {
	if q.open {
		q.stage.AddRoom(n)
	}
	q.waiting -= n
	q.removed += uint64(n)
	q.first += int32(n)
	if len(q.segments) == 0 || int(q.first) < q.segments[0].Len() {
		return
	}
	if memory := q.segments[0].memory; memory != nil {
		memory.Free()
	}
	q.first = 0
	q.segments[0] = segment{}
	q.segments = q.segments[1:]
	if len(q.segments) == 0 {
		q.segments = nil
	}
}

// discard closes the stage, removes all events except the first keep, which peek has
// returned, and returns how many it removed.
func (q *inbox) discard(keep int) int {
	q.closeStage()
	discarded := q.waiting - keep
	if discarded == 0 {
		return 0
	}
	q.waiting, q.removed = keep, q.end()-uint64(keep)
	kept := 0
	if keep > 0 {
		kept = 1
		q.segments[0].Batch = q.segments[0].Slice(0, int(q.first)+keep)
		q.segments[0].arena = nil // it has more events than the batch
	} else {
		q.first = 0
	}
	for i := range q.segments[kept:] {
		if memory := q.segments[kept+i].memory; memory != nil {
			memory.Free()
		}
		q.segments[kept+i] = segment{}
	}
	q.segments = q.segments[:kept]
	if kept == 0 {
		q.segments = nil
	}
	return discarded
}
