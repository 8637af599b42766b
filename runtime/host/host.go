package host

import (
	"sync"
	"time"

	"netmeshos/runtime/control"
)

// Host is one daemon. All methods are safe from any goroutine, and none but
// Await blocks on a callback.
type Host struct {
	pool      *Pool
	callbacks Callbacks
	features  Features
	onChange  func(from, to Vitals)
	done      chan struct{} // closed when no callback runs and none will

	mu      sync.Mutex // guards what follows
	phase   phase
	queued  bool            // waits in the pool for a turn
	running bool            // has one
	ending  bool            // the functions of After run
	events  []control.Event // to tell the daemon of
	probe   bool            // its vitals have been asked for
	vitals  Vitals
	after   []func() // to run when done
}

type phase uint8

const (
	open      phase = iota
	finishing       // takes nothing new, does what waits
	stopped         // does nothing more
)

// New returns a host whose callbacks run on the pool. onChange is told of each
// change of the vitals, between two callbacks; it may be nil.
func New(pool *Pool, callbacks Callbacks, onChange func(from, to Vitals)) *Host {
	return &Host{
		pool:      pool,
		callbacks: callbacks,
		features:  callbacks.Features(),
		onChange:  onChange,
		done:      make(chan struct{}),
	}
}

// Features says which callbacks the daemon has.
func (h *Host) Features() Features { return h.features }

// Vitals is what the last probe found.
func (h *Host) Vitals() Vitals {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.vitals
}

// Notify has the daemon told of an event that went to its mailbox.
func (h *Host) Notify(e control.Event) {
	if h.features&HasControl == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase == open {
		h.events = append(h.events, e)
		h.schedule()
	}
}

// RequestProbe has the daemon asked how it is. A request that still waits is
// not repeated.
func (h *Host) RequestProbe() {
	if h.features&HasProbe == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase == open {
		h.probe = true
		h.schedule()
	}
}

// schedule gets the host a turn if it has none; mu is held.
func (h *Host) schedule() {
	if !h.queued && !h.running {
		h.queued = true
		h.pool.submit(h)
	}
}

// turn makes the callbacks that wait, one after the other.
func (h *Host) turn() {
	h.mu.Lock()
	h.queued = false
	h.running = true
	for {
		job := h.nextJob()
		if job == nil {
			break
		}
		h.mu.Unlock()
		job()
		h.mu.Lock()
	}
	h.running = false
	finished := h.finished()
	h.mu.Unlock()
	if finished != nil {
		finished()
	}
}

// nextJob takes what is to be done next; mu is held. Nil: nothing.
func (h *Host) nextJob() func() {
	switch {
	case h.phase == stopped:
		return nil
	case len(h.events) > 0:
		e := h.events[0]
		h.events = h.events[1:]
		if len(h.events) == 0 {
			h.events = nil
		}
		return func() { h.callbacks.Control(e) }
	case h.probe && h.phase == open:
		h.probe = false
		return h.takeVitals
	}
	return nil
}

func (h *Host) takeVitals() {
	found := h.callbacks.Probe().Normal()
	h.mu.Lock()
	before := h.vitals
	h.vitals = found
	h.mu.Unlock()
	if found != before && h.onChange != nil {
		h.onChange(before, found)
	}
}

// Finish takes no new work; what waits is still done.
func (h *Host) Finish() { h.end(finishing) }

// Stop drops what waits. Only a callback that runs now is still to end.
func (h *Host) Stop() { h.end(stopped) }

func (h *Host) end(p phase) {
	h.mu.Lock()
	h.phase = max(h.phase, p)
	finished := h.finished()
	h.mu.Unlock()
	if finished != nil {
		finished()
	}
}

// finished returns, once, what is to be called without mu when the last
// callback is over; mu is held.
func (h *Host) finished() func() {
	over := h.phase == stopped || h.phase == finishing && len(h.events) == 0
	if !over || h.running || h.ending || h.isDone() {
		return nil
	}
	h.phase = stopped
	if len(h.after) == 0 {
		close(h.done)
		return nil
	}
	h.ending = true
	after := h.after
	h.after = nil
	return func() {
		for _, f := range after {
			f()
		}
		h.mu.Lock()
		h.ending = false
		again := h.finished()
		h.mu.Unlock()
		if again != nil {
			again()
		}
	}
}

func (h *Host) isDone() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// After has f called when no callback runs and none will, before Await returns;
// at once if that is so already.
func (h *Host) After(f func()) {
	h.mu.Lock()
	if !h.isDone() {
		h.after = append(h.after, f)
		f = nil
	}
	h.mu.Unlock()
	if f != nil {
		f()
	}
}

// Done is closed when no callback runs and none will.
func (h *Host) Done() <-chan struct{} { return h.done }

// Await waits until no callback of the host runs or will run, at most for
// limit; a negative limit is none. The callers are the hosts inside whose
// callbacks the caller runs. It returns false when the time was over, or at once
// when waiting would be for the caller itself.
func (h *Host) Await(limit time.Duration, callers ...*Host) bool {
	if h.isDone() {
		return true
	}
	if !enterWait(h, callers) {
		return false
	}
	defer leaveWait(callers)
	var over <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-h.done:
		return true
	case <-over:
		return h.isDone()
	}
}
