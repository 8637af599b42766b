package meshos

import (
	"slices"
	"time"

	"netmeshos/runtime/fault"
	"netmeshos/runtime/supervisor"
)

// settle is how long, after the grace time, a callback may still take that was
// due in it: without it, a grace time of a millisecond would fail whenever the
// machine is busy.
const settle = 50 * time.Millisecond

// GracefulShutdown sends the daemon Shutdown with the grace time in
// milliseconds, 0 meaning 5,000, and waits that long. Until then the handle
// works as ever; then it is consumed, and no callback runs or will run.
//
// Errors: already_shutdown (also while another graceful shutdown of the same
// daemon is under way), shutdown_failed (a callback still runs; the handle is
// consumed all the same, and Close waits for it).
//
// From inside a callback of the same daemon use BeginGracefulShutdown.
func (h *Handle) GracefulShutdown(graceMS uint64) error {
	return h.GracefulShutdownInside(graceMS, nil)
}

// BeginGracefulShutdown is GracefulShutdown without waiting: the grace time
// goes by in the background.
func (h *Handle) BeginGracefulShutdown(graceMS uint64) error {
	return h.GracefulShutdownInside(graceMS, []*Handle{h})
}

// GracefulShutdownInside is GracefulShutdown for a caller that runs inside
// callbacks of the given daemons. If the handle is one of them, it is
// BeginGracefulShutdown.
func (h *Handle) GracefulShutdownInside(graceMS uint64, callers []*Handle) error {
	if graceMS == 0 {
		graceMS = uint64(ShutdownGrace.Milliseconds())
	}
	h.mu.Lock()
	if h.state != live {
		h.mu.Unlock()
		return errShutdownBegun
	}
	h.state = leaving
	h.mu.Unlock()
	h.send(Event{Kind: ControlShutdown, GraceMS: graceMS})
	if slices.Contains(callers, h) {
		go h.leave(graceMS) // ends with the grace time, or when the handle is closed
		return nil
	}
	return h.leave(graceMS, callers...)
}

// send puts an event into the daemon's mailbox and has the daemon told of it.
func (h *Handle) send(e Event) {
	if h.route.Send(e) {
		h.host.Notify(e)
	}
}

// leave waits out the grace time and consumes the handle.
func (h *Handle) leave(graceMS uint64, callers ...*Handle) error {
	timer := time.NewTimer(supervisor.Interval(graceMS))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.freed:
		return nil // Close does the rest
	}
	h.become(consumed)
	h.route.Mailbox().Close()
	h.host.After(func() { h.sdk.unregister(h) })
	h.host.Finish()
	if !h.host.Await(settle, hostsOf(callers)...) {
		return fault.New(fault.ShutdownFailed,
			"a callback of daemon %q still runs after the grace time of %d ms: the handle is consumed, and freeing it will wait for the callback",
			shorten(h.name), graceMS)
	}
	return nil
}

// become goes to a later state; it never goes back.
func (h *Handle) become(s state) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = max(h.state, s)
}

// Close ends the daemon without telling it, drops its events, and returns when
// no callback runs or will run, however long that takes. A graceful shutdown
// that is under way returns at once. Close may be called more than once.
//
// From inside a callback of the same daemon use Release.
func (h *Handle) Close() { h.CloseInside(nil, nil) }

// Release is Close without waiting.
func (h *Handle) Release() { h.release(nil) }

// CloseInside is Close for a caller that runs inside callbacks of the given
// daemons: it doesn't wait for one of them, nor for a daemon that in its turn
// waits for one of them. after, if not nil, is called when no callback runs or
// will run.
func (h *Handle) CloseInside(callers []*Handle, after func()) {
	h.release(after)
	h.host.Await(-1, hostsOf(callers)...)
}

func (h *Handle) release(after func()) {
	h.mu.Lock()
	first := h.state != released
	h.state = released
	h.mu.Unlock()
	if !first {
		return
	}
	close(h.freed)
	h.route.Mailbox().Close()
	h.host.After(func() { h.sdk.unregister(h) })
	if after != nil {
		h.host.After(after)
	}
	h.host.Stop()
}
