package control

import (
	"context"
	"sync"
)

// DefaultCapacity is how many events may wait in a mailbox before others must make room
// (net_meshos.h, control_capacity).
const DefaultCapacity = 8

// Mailbox holds the control events of one daemon until the daemon receives them. This is
// the writer's side; the reader's side depends on the implementation. All methods are safe
// from any goroutine and never block.
type Mailbox interface {
	// Enqueue puts an event into the mailbox, as Put does. It returns false if the
	// mailbox is full or closed; then the event is lost.
	Enqueue(Event) bool
	// EndWaits is called when the supervisor has ended: blocked readers return, and
	// later ones don't block. Events can still be enqueued and received.
	EndWaits()
	// Close is called when the daemon's handle is consumed: blocked readers return, and
	// no more events are accepted.
	Close()
}

// Queue is the Mailbox of Go programs.
type Queue struct {
	capacity int

	mu      sync.Mutex // guards what follows
	events  []Event
	phase   queuePhase
	changed chan struct{} // closed to wake blocked readers; nil while none is blocked
}

// queuePhase is the state of a queue. It only moves forward.
type queuePhase uint8

const (
	queueOpen      queuePhase = iota
	queueUnblocked            // readers don't block
	queueClosed               // no event is accepted either
)

// NewQueue returns an empty queue. Memory grows with the events that wait, not
// with the capacity.
func NewQueue(capacity int) *Queue { return &Queue{capacity: capacity} }

// Enqueue implements Mailbox.
func (q *Queue) Enqueue(e Event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.phase >= queueClosed {
		return false
	}
	var ok bool
	q.events, ok = Put(q.events, q.capacity, e)
	q.wakeReaders()
	return ok
}

// EndWaits implements Mailbox.
func (q *Queue) EndWaits() { q.advance(queueUnblocked) }

// Close implements Mailbox.
func (q *Queue) Close() { q.advance(queueClosed) }

func (q *Queue) advance(p queuePhase) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.phase = max(q.phase, p)
	q.wakeReaders()
}

// wakeReaders needs mu held.
func (q *Queue) wakeReaders() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

// TryNext receives the oldest event, if there is one.
func (q *Queue) TryNext() (Event, bool) {
	e, ok, _ := q.dequeue(false)
	return e, ok
}

// Next waits for an event and receives it. It returns false when the context is done, the
// supervisor has ended, or the handle is consumed.
func (q *Queue) Next(ctx context.Context) (Event, bool) {
	for {
		e, ok, changed := q.dequeue(true)
		if ok || changed == nil {
			return e, ok
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, false
		}
	}
}

// dequeue removes the oldest event. If there is none, and the caller wants to wait and is
// allowed to, it returns the channel to wait on.
func (q *Queue) dequeue(wait bool) (Event, bool, <-chan struct{}) {
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
	if q.phase >= queueUnblocked || !wait {
		return Event{}, false, nil
	}
	if q.changed == nil {
		q.changed = make(chan struct{})
	}
	return Event{}, false, q.changed
}
