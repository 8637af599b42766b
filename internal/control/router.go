package control

import (
	"sync"

	"go.uber.org/atomic"
)

// Router knows how many events did not fit into the mailboxes of the daemons
// registered now.
type Router struct {
	dropped  atomic.Uint64
	onChange func(delta int64)
}

// NewRouter returns a router that reports each change of its total to
// onChange, which may be nil and must not block.
func NewRouter(onChange func(delta int64)) *Router {
	if onChange == nil {
		onChange = func(int64) {}
	}
	return &Router{onChange: onChange}
}

// Dropped is the number of events dropped, over all routes attached now.
func (r *Router) Dropped() uint64 { return r.dropped.Load() }

func (r *Router) add(delta int64) {
	r.dropped.Add(uint64(delta))
	r.onChange(delta)
}

// Route is the way from the router to one mailbox.
type Route struct {
	router  *Router
	mailbox Mailbox

	mu       sync.Mutex // guards what follows
	dropped  uint64
	closed   bool // the daemon's handle is consumed: what comes is not for it
	detached bool
}

// Attach opens a route to a mailbox.
func (r *Router) Attach(m Mailbox) *Route { return &Route{router: r, mailbox: m} }

// Send puts an event into the mailbox, or counts it as dropped. After Close it
// does neither.
func (r *Route) Send(e Event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.detached {
		return false
	}
	if r.mailbox.Send(e) {
		return true
	}
	r.dropped++
	r.router.add(1)
	return false
}

// Shut shuts the mailbox.
func (r *Route) Shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.detached {
		r.mailbox.Shut()
	}
}

// Close closes the mailbox.
func (r *Route) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if !r.detached {
		r.mailbox.Close()
	}
}

// Dropped is the number of this route's dropped events.
func (r *Route) Dropped() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// Detach takes the route's count out of the router's total, and lets go of the
// mailbox: once it has returned the mailbox is not touched any more, and its
// memory may become another's. It may be called more than once.
func (r *Route) Detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.detached && r.dropped > 0 {
		r.router.add(-int64(r.dropped))
	}
	r.detached = true
}
