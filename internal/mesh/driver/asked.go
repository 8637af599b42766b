package driver

import (
	"slices"

	"netmeshos/internal/fault"
)

// takeOut takes a request out of the queue, and reports whether it was there: else it has been answered.
func (d *Driver) takeOut(q *Request) bool {
	return d.take(func(other *Request) bool { return other == q }) != nil
}

// take takes the first request that fits out of the queue; nil: none does.
func (d *Driver) take(fits func(*Request) bool) *Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.IndexFunc(d.requests, fits)
	if at < 0 {
		return nil
	}
	q := d.requests[at]
	if d.requests = slices.Delete(d.requests, at, at+1); len(d.requests) == 0 {
		d.requests = nil
	}
	return q
}

// putBack makes a request the first one again.
func (d *Driver) putBack(q *Request) {
	d.mu.Lock()
	why := d.refuses
	if why == nil {
		d.requests = slices.Insert(d.requests, 0, q)
	}
	d.mu.Unlock()
	if why != nil {
		q.answer(Answer{Err: why})
	}
}

// isAboutState reports whether a request needn't wait for events while the daemon processes none.
func isAboutState(q *Request) bool { return q.Verb == Snapshot || q.Verb == GiveBack }

// barrier is the last message of the inbox that may be processed before the first request: what was posted after a
// deliver, or after a state was asked for, comes after it. 0: there is none.
func (d *Driver) barrier() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.requests) == 0 || d.requests[0].Verb == Flush {
		return 0
	}
	return d.requests[0].After
}

// Refuse answers the requests that wait, and later ones, with an error.
func (d *Driver) Refuse(why *fault.Error) {
	d.mu.Lock()
	d.refuses = why
	d.mu.Unlock()
	d.answerAll(why)
}
