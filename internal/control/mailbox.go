package control

import (
	"context"
	"sync"
)

// DefaultCapacity is how many events wait in a mailbox before the newest is
// dropped (net_meshos.h, control_capacity).
const DefaultCapacity = 8

// Mailbox is where the events of one daemon wait for it. The runtime writes
// through this interface and never reads; who reads decides the type. All
// methods are safe from any goroutine and never block.
type Mailbox interface {
	// Send puts an event in. False: the mailbox is full or closed, and the
	// event is not kept.
	Send(Event) bool
	// Shut says that the runtime has ended: blocked readers return, and what
	// waits can still be read.
	Shut()
	// Close says that the daemon's handle is consumed: blocked readers return.
	Close()
}

// Queue is the Mailbox of Go programs.
type Queue struct {
	capacity int

	mu      sync.Mutex // guards what follows
	events  []Event
	ended   bool          // shut or closed: readers don't wait
	closed  bool          // nothing more is taken
	arrived chan struct{} // closed on a change that readers wait for; nil while nobody waits
}

// NewQueue returns an empty queue. Memory grows with what waits, not with the
// capacity.
func NewQueue(capacity int) *Queue { return &Queue{capacity: capacity} }

// Send implements Mailbox.
func (q *Queue) Send(e Event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.events) >= q.capacity {
		return false
	}
	q.events = append(q.events, e)
	q.wake()
	return true
}

// Shut implements Mailbox.
func (q *Queue) Shut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.wake()
}

// Close implements Mailbox.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.closed = true, true
	q.wake()
}

// wake is called with mu held.
func (q *Queue) wake() {
	if q.arrived != nil {
		close(q.arrived)
		q.arrived = nil
	}
}

// TryNext takes the oldest event, if there is one.
func (q *Queue) TryNext() (Event, bool) {
	e, ok, _ := q.take(false)
	return e, ok
}

// Next waits for an event. It returns false when the context is done, the
// runtime has ended, or the handle is consumed.
func (q *Queue) Next(ctx context.Context) (Event, bool) {
	for {
		e, ok, arrived := q.take(true)
		if ok || arrived == nil {
			return e, ok
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Event{}, false
		}
	}
}

// take removes the oldest event. Without one it returns, if asked to and if
// there is something to wait for, the channel to wait on.
func (q *Queue) take(wait bool) (Event, bool, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) > 0 {
		e := q.events[0]
		q.events = q.events[1:]
		if len(q.events) == 0 {
			q.events = nil
		}
		return e, true, nil
	}
	if q.ended || !wait {
		return Event{}, false, nil
	}
	if q.arrived == nil {
		q.arrived = make(chan struct{})
	}
	return Event{}, false, q.arrived
}
