package node

import (
	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
)

// StopDaemon sends a daemon SHUTDOWN with the grace time in milliseconds, 0 meaning
// actor.DefaultGrace, and stops it when it says Done or the time is over: events that
// still wait are discarded, and no more are taken until RestartDaemon. The daemon stays
// registered. From inside a callback of the daemon it doesn't wait.
//
// Errors: not_found, already_shutdown (the node), draining (the daemon is shutting down
// already), stopped (it is stopped already), shutdown_failed (a callback still runs after
// the time).
func (n *Node) StopDaemon(id, graceMS uint64, caller actor.Caller) *fault.Error {
	d, err := n.find(id)
	if err != nil {
		return err
	}
	grace, err := d.actor.BeginStop(graceMS)
	if err != nil {
		return err
	}
	d.actor.Send(control.Event{Kind: control.Shutdown, GraceMS: grace.MS})
	if d.actor.IsInside(caller) {
		go func() { _ = d.stop(grace, nil) }() // ends with the grace time, or when the handle is freed
		return nil
	}
	return d.stop(grace, caller)
}

// stop waits out the grace time and stops the daemon, unless its handle is freed before.
func (d *Daemon) stop(grace actor.Grace, caller actor.Caller) *fault.Error {
	if grace.Wait() {
		d.actor.Pause()
	}
	switch err := d.actor.Flush(grace.Patience(), caller); {
	case err == nil:
		return nil
	case err.Kind == fault.InvalidState:
		return fault.New(fault.ShutdownFailed,
			"a callback of daemon %q waits for the callback that makes this call, which so can't wait for it; it gets no more events", d.actor.Name())
	}
	return fault.New(fault.ShutdownFailed, "a callback of daemon %q still runs after the grace time of %d ms; it gets no more events", d.actor.Name(), grace.MS)
}

// RestartDaemon starts a stopped daemon again, and releases one that is held after
// failures at once and forgets them; for one that runs it only forgets them. Errors:
// not_found, already_shutdown (the node), draining (the daemon is being shut down).
func (n *Node) RestartDaemon(id uint64) *fault.Error {
	d, err := n.find(id)
	if err != nil {
		return err
	}
	return d.actor.Resume()
}
