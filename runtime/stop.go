package meshos

import (
	"slices"

	"netmeshos/internal/fault"
)

// StopDaemon sends a daemon Shutdown with the grace time in milliseconds, 0
// meaning 5,000, and stops it when it says Done or the time is over: events that
// still wait are dropped, and no more are taken until RestartDaemon. The daemon
// stays registered.
//
// Errors: not_found, already_shutdown (the SDK), draining (it is shutting down
// already), stopped (it is stopped already), shutdown_failed (a callback still
// runs after the time).
func (s *SDK) StopDaemon(id, graceMS uint64, callers []*Handle) error {
	h, err := s.find(id)
	if err != nil {
		return err
	}
	h.mu.Lock()
	if h.state != live || h.stopping {
		h.mu.Unlock()
		return fault.New(fault.Draining, "daemon %q is being shut down already", shorten(h.name))
	}
	if h.actor.Halted() {
		h.mu.Unlock()
		return fault.New(fault.Stopped, "daemon %q has been stopped already", shorten(h.name))
	}
	h.stopping = true
	g := h.announce(graceMS)
	h.mu.Unlock()
	h.send(Event{Kind: ControlShutdown, GraceMS: g.ms})
	if slices.Contains(callers, h) {
		go h.halt(g, nil) // ends with the grace time, or when the handle is closed
		return nil
	}
	return h.halt(g, callers)
}

// halt waits out the grace time and stops the daemon.
func (h *Handle) halt(g grace, callers []*Handle) error {
	stopped := h.wait(g)
	if stopped {
		h.actor.Halt()
	}
	h.mu.Lock()
	h.stopping = false
	if h.state == live {
		h.over = nil
	}
	h.mu.Unlock()
	if !stopped {
		return nil
	}
	switch err := h.actor.Flush(g.patience(), hostsOf(callers)); {
	case err == nil:
		return nil
	case err.Kind == fault.InvalidState:
		return fault.New(fault.ShutdownFailed,
			"a callback of daemon %q waits for the callback that makes this call, which so can't wait for it; it gets no more events", shorten(h.name))
	default:
		return fault.New(fault.ShutdownFailed, "a callback of daemon %q still runs after the grace time of %d ms; it gets no more events", shorten(h.name), g.ms)
	}
}

// RestartDaemon starts a stopped daemon again, and releases one that is held
// after failures at once and forgets them; for one that runs it only forgets
// them. Errors: not_found, already_shutdown (the SDK), draining (it is being
// shut down).
func (s *SDK) RestartDaemon(id uint64) error {
	h, err := s.find(id)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state != live || h.stopping {
		return fault.New(fault.Draining, "daemon %q is being shut down", shorten(h.name))
	}
	return asError(h.actor.Restart())
}
