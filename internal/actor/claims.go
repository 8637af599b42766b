package actor

import (
	"bytes"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// claim is a caller who waits for the token. It gets it with a nil, or the
// reason why not.
type claim struct {
	after   uint64 // how many events must have been taken first
	granted chan *fault.Error
}

// grant gives the token to the first claim; mu is held and the token is ours.
func (h *Host) grant(j job) {
	list := &h.claims
	if j == grantUrgent {
		list = &h.urgent
	}
	c := (*list)[0]
	*list = (*list)[1:]
	if len(*list) == 0 {
		*list = nil
	}
	c.granted <- nil
}

// deny refuses all claims of a list; mu is held.
func (h *Host) deny(list *[]*claim, why *fault.Error) {
	for _, c := range *list {
		c.granted <- why
	}
	*list = nil
}

// acquire takes the token for a caller inside the callbacks of the given hosts,
// and says whether it had to wait for it; leave must follow if it succeeds.
func (h *Host) acquire(urgent bool, callers []*Host) (waited bool, err *fault.Error) {
	if len(callers) == 0 {
		return h.wait(urgent)
	}
	if !enterWait(h, callers...) {
		return false, errCircle
	}
	waited, err = h.wait(urgent)
	if err != nil {
		leaveWait(h, callers...)
	}
	return waited, err
}

func (h *Host) wait(urgent bool) (waited bool, err *fault.Error) {
	h.mu.Lock()
	if err := h.mayAcquire(urgent); err != nil {
		h.mu.Unlock()
		return false, err
	}
	if h.free() {
		h.hold()
		h.mu.Unlock()
		return false, nil
	}
	c := &claim{after: h.inbox.end(), granted: make(chan *fault.Error, 1)}
	if urgent {
		h.urgent = append(h.urgent, c)
	} else {
		h.claims = append(h.claims, c)
	}
	h.schedule()
	h.mu.Unlock()
	return true, <-c.granted
}

// free reports whether the token can be taken past nothing that waits; mu is
// held.
func (h *Host) free() bool {
	return !h.running && h.next() == nothing && len(h.pending) == 0 && len(h.claims) == 0 && h.backoff.until.IsZero()
}

// mayAcquire says why not; mu is held.
func (h *Host) mayAcquire(urgent bool) *fault.Error {
	if !urgent {
		return h.refuses()
	}
	if h.phase != open {
		return errEnded
	}
	return nil
}

// leave gives the token back after acquire; mu is held, and given up.
func (h *Host) leave(callers []*Host) {
	finished := h.drop()
	h.mu.Unlock()
	run(finished)
	if len(callers) > 0 {
		leaveWait(h, callers...)
	}
}

// Deliver processes one event on the caller's goroutine, after the events that
// were posted before. The outputs go to each, which may be nil, and to where
// they always go. It begins at a time of the caller's, unless it has to wait.
func (h *Host) Deliver(e event.Event, each Each, began Began, callers []*Host) *fault.Error {
	waited, err := h.acquire(false, callers)
	if err != nil {
		return err
	}
	if waited {
		began = Began{At: Now()}
	}
	h.one[0] = event.Meta{Origin: e.Origin, Sequence: e.Sequence, Length: uint64(len(e.Payload))}
	in := event.Parcel{Metas: h.one[:], Bytes: e.Payload}
	h.process(in, each, began)
	h.finish(began.At)
	h.mu.Lock()
	h.account(in)
	if failures := h.desk.Done.Failures; len(failures) > 0 { // before the desk is another's
		if failures[0].NoMemory {
			err = fault.New(fault.OutOfMemory, "there is no memory for the event %d of %#x, or for what daemon %q made of it", e.Sequence, e.Origin, h.name)
		} else {
			err = fault.New(fault.ProcessFailed, "process of daemon %q returned %d for the event %d of %#x", h.name, failures[0].Status, e.Sequence, e.Origin)
		}
	}
	h.leave(callers)
	return err
}

// Post puts copies of events into the inbox and says how many fit.
func (h *Host) Post(events []event.Event) (int, *fault.Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refuses(); err != nil {
		return 0, err
	}
	n := max(0, min(len(events), h.env.InboxCapacity-h.inbox.waiting))
	h.inbox.put(events[:n])
	h.env.Load.add(n)
	h.schedule()
	if n < len(events) {
		return n, fault.New(fault.QueueFull, "the inbox of daemon %q is full at %d events: post the %d others later", h.name, h.env.InboxCapacity, len(events)-n)
	}
	return n, nil
}

// Flush waits until the host has nothing to do, at most for limit; a negative
// limit is none.
func (h *Host) Flush(limit time.Duration, callers []*Host) *fault.Error {
	if !enterWait(h, callers...) {
		return errCircle
	}
	defer leaveWait(h, callers...)
	h.mu.Lock()
	if !h.busy {
		h.mu.Unlock()
		return nil
	}
	if h.idle == nil {
		h.idle = make(chan struct{})
	}
	idle := h.idle
	waiting := h.inbox.waiting
	h.mu.Unlock()
	if WaitFor(idle, limit) {
		return nil
	}
	return fault.New(fault.Timeout, "daemon %q had %d events waiting and is not through with them after %v", h.name, waiting, limit)
}

// Snapshot takes the daemon's state between two events; nil if it has none.
// A restart after a failure restores the state taken last.
func (h *Host) Snapshot(callers []*Host) ([]byte, *fault.Error) {
	if h.features&HasSnapshot == 0 {
		return nil, nil
	}
	if _, err := h.acquire(true, callers); err != nil {
		return nil, err
	}
	var state []byte
	var err *fault.Error
	h.call(func() { state, err = h.callbacks.Snapshot() })
	var kept []byte
	if h.env.Restart {
		kept = bytes.Clone(state) // whoever gets the state may change it
	}
	h.mu.Lock()
	if err == nil { // else the state taken before is the last that is known
		h.snapshot = kept
	}
	h.leave(callers)
	return state, err
}

// Restore gives the daemon a state between two events.
func (h *Host) Restore(state []byte, callers []*Host) *fault.Error {
	if h.features&HasRestore == 0 {
		if len(state) == 0 {
			return nil
		}
		return fault.New(fault.RestoreFailed, "daemon %q has no restore callback to give %d bytes of state to", h.name, len(state))
	}
	if _, err := h.acquire(true, callers); err != nil {
		return err
	}
	var status int32
	h.call(func() { status = h.callbacks.Restore(state) })
	h.mu.Lock()
	h.leave(callers)
	if status != 0 {
		return fault.New(fault.RestoreFailed, "restore of daemon %q returned %d", h.name, status)
	}
	return nil
}
