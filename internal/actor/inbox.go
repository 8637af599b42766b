package actor

import "netmeshos/internal/event"

const (
	// batchEvents is the most events that one call of Process gets: enough to
	// make the call's cost small for each, few enough to look after the daemon
	// between two calls.
	batchEvents = 256
	// coalesceEvents and coalesceBytes bound the parcel into which events that
	// are posted one by one are gathered.
	coalesceEvents = 256
	coalesceBytes  = 1 << 16
)

// inbox is the queue of events that wait for one daemon. It doesn't know its
// capacity: see Host.
type inbox struct {
	lots    []lot  // oldest first; none is empty
	first   int    // events of lots[0] that have been taken
	waiting int    // events
	taken   uint64 // events that have ever been taken
}

// lot is a parcel that waits. Others may read it too, unless it stands in memory
// of the inbox's own: then it may grow, and the memory is given up at the end.
type lot struct {
	event.Parcel
	own *event.Memory
}

// put copies events to the end.
func (q *inbox) put(events []event.Event) {
	if len(events) == 0 {
		return
	}
	q.waiting += len(events)
	if n := len(q.lots); n > 0 && q.lots[n-1].own != nil && len(events) < coalesceEvents {
		last := &q.lots[n-1]
		for len(events) > 0 && last.Len() < coalesceEvents && len(last.Bytes) < coalesceBytes {
			last.own.Add(&events[0])
			last.Parcel = last.own.Parcel()
			events = events[1:]
		}
	}
	if len(events) > 0 {
		own := event.Pack(events)
		q.lots = append(q.lots, lot{own.Parcel(), own})
	}
}

// share puts a parcel that others read too at the end.
func (q *inbox) share(p event.Parcel) {
	q.waiting += p.Len()
	q.lots = append(q.lots, lot{Parcel: p})
}

// end is the number that taken reaches when all that waits now has been taken.
func (q *inbox) end() uint64 { return q.taken + uint64(q.waiting) }

// peek returns the next events, at most limit of them and at most batchEvents,
// without taking them. They are of one parcel.
func (q *inbox) peek(limit int) event.Parcel {
	p := q.lots[0].Parcel
	return p.Slice(q.first, min(p.Len(), q.first+min(limit, batchEvents)))
}

// take removes the next n events, which a peek has returned and which nobody
// looks at any more.
func (q *inbox) take(n int) {
	q.waiting -= n
	q.taken += uint64(n)
	q.first += n
	if q.first < q.lots[0].Len() {
		return
	}
	if own := q.lots[0].own; own != nil {
		own.Free()
	}
	q.first = 0
	q.lots[0] = lot{}
	q.lots = q.lots[1:]
	if len(q.lots) == 0 {
		q.lots = nil
	}
}

// clear drops all that waits but for the first keep events, which a peek has
// returned, and says how many that were.
func (q *inbox) clear(keep int) int {
	dropped := q.waiting - keep
	if dropped == 0 {
		return 0
	}
	end := q.end()
	if keep == 0 {
		*q = inbox{taken: end}
		return dropped
	}
	*q = inbox{
		lots:    []lot{{Parcel: q.lots[0].Slice(0, q.first+keep)}},
		first:   q.first,
		waiting: keep,
		taken:   end - uint64(keep),
	}
	return dropped
}
