package meshos

import (
	"slices"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/supervisor"
)

// settle is how long, after the grace time, a callback may still take that was
// due in it: without it, a grace time of a millisecond would fail whenever the
// machine is busy.
const settle = 100 * time.Millisecond

// GracefulShutdown sends the daemon Shutdown with the grace time in
// milliseconds, 0 meaning 5,000, and waits that long, or until the daemon says
// Done. Until then the handle works as ever, but no events are taken; then it is
// consumed, and no callback runs or will run.
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
	h.mu.Lock()
	if h.state != live {
		h.mu.Unlock()
		return errShutdownBegun
	}
	h.state = leaving
	grace := h.announce(graceMS)
	h.mu.Unlock()
	h.send(Event{Kind: ControlShutdown, GraceMS: grace.ms})
	if slices.Contains(callers, h) {
		go h.leave(grace, nil) // ends with the grace time, or when the handle is closed
		return nil
	}
	return h.leave(grace, callers)
}

// grace is the time that a daemon has from Shutdown to its end.
type grace struct {
	ms       uint64
	deadline time.Time
	over     <-chan struct{} // closed when the daemon says Done
}

// announce makes ready for the daemon's end; mu is held.
func (h *Handle) announce(graceMS uint64) grace {
	if graceMS == 0 {
		graceMS = uint64(ShutdownGrace.Milliseconds())
	}
	if h.over == nil {
		h.over = make(chan struct{})
	}
	h.actor.Leave(true)
	return grace{graceMS, time.Now().Add(supervisor.Interval(graceMS)), h.over}
}

// wait returns false if the handle was closed before the grace time was over
// or the daemon was done.
func (h *Handle) wait(g grace) bool {
	timer := time.NewTimer(time.Until(g.deadline))
	defer timer.Stop()
	select {
	case <-g.over:
		return true
	case <-timer.C:
		return true
	case <-h.freed:
		return false
	}
}

// patience is how long callbacks may still run.
func (g grace) patience() time.Duration { return max(0, time.Until(g.deadline)) + settle }

// send puts an event into the daemon's mailbox and has the daemon told of it.
// One does not depend on the other: a daemon that is told never has to look
// into its mailbox, which is full then after a while.
func (h *Handle) send(e Event) {
	h.sending.Lock() // both see the events of several senders in the same order
	defer h.sending.Unlock()
	h.route.Send(e)
	h.actor.Notify(e)
}

// leave waits out the grace time and consumes the handle.
func (h *Handle) leave(g grace, callers []*Handle) error {
	if !h.wait(g) {
		return nil // Close does the rest
	}
	h.become(consumed)
	h.route.Close()
	h.actor.After(func() { h.sdk.unregister(h) })
	h.actor.Finish()
	if inside := hostsOf(callers); !h.actor.Await(g.patience(), inside...) {
		if h.actor.WaitsFor(inside...) {
			return fault.New(fault.ShutdownFailed,
				"a callback of daemon %q waits for the callback that makes this call: the handle is consumed, and the daemon ends when both have returned",
				shorten(h.name))
		}
		return fault.New(fault.ShutdownFailed,
			"a callback of daemon %q still runs after the grace time of %d ms: the handle is consumed, and freeing it will wait for the callback",
			shorten(h.name), g.ms)
	}
	return nil
}

// Done is how a daemon says that it has finished after Shutdown: the graceful
// shutdown, or the StopDaemon, that waits for it ends early. Errors:
// already_shutdown, invalid_state (it has not been told to shut down).
func (h *Handle) Done() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.state >= consumed:
		return errHandleConsumed
	case h.state == live && !h.stopping:
		return fault.New(fault.InvalidState, "daemon %q has not been told to shut down", shorten(h.name))
	}
	select {
	case <-h.over:
	default:
		close(h.over)
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
	h.actor.Await(-1, hostsOf(callers)...)
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
	h.route.Close()
	h.actor.After(func() { h.sdk.unregister(h) })
	if after != nil {
		h.actor.After(after)
	}
	h.actor.Stop()
}
