package node

import (
	"netmeshos/internal/actor"
	"netmeshos/internal/fault"
)

// StopDaemon sends a daemon SHUTDOWN with the grace time in milliseconds, where 0 means
// actor.DefaultGrace. It stops the daemon when the daemon has called Done or the time is
// over: events that still wait are discarded, and none are accepted until RestartDaemon.
// The daemon stays registered. From inside a callback of the daemon it doesn't wait.
//
// Errors: not_found, already_shutdown (the node), draining (the daemon is already shutting
// down), stopped (it is already stopped), shutdown_failed (a callback is still running when
// the time is over).
func (n *Node) StopDaemon(id, graceMS uint64, caller actor.Caller) *fault.Error {
	d, err := n.find(id)
	if n.runsElsewhere(id, err) {
		return n.mesh.StopDaemon(id, graceMS)
	}
	if err != nil {
		return err
	}
	return n.stopLocal(d, graceMS, caller)
}

// stopLocal stops a daemon that this node runs.
func (n *Node) stopLocal(d *Daemon, graceMS uint64, caller actor.Caller) *fault.Error {
	grace, err := d.actor.BeginStop(graceMS)
	if err != nil {
		return err
	}
	return d.shutDown(grace, caller, d.finishStop)
}

// finishStop waits out the grace time and stops the daemon, unless its handle is freed
// before.
func (d *Daemon) finishStop(grace actor.Grace, caller actor.Caller) *fault.Error {
	var unknown *fault.Error
	if grace.Wait() {
		unknown = d.stop()
	}
	switch err := d.actor.Flush(grace.CallbackLimit(), caller); {
	case err == nil:
		return unknown
	case err.Kind == fault.InvalidState:
		return fault.New(fault.ShutdownFailed,
			"a callback of daemon %q waits for the callback that makes this call, which so can't wait for it; it gets no more events", d.actor.Name())
	}
	return fault.New(fault.ShutdownFailed, "a callback of daemon %q still runs after the grace time of %d ms; it gets no more events", d.actor.Name(), grace.MS)
}

// RestartDaemon restarts a stopped daemon, or releases one that is held after failures. In
// any case it forgets the daemon's failures. Errors: not_found, already_shutdown (the
// node), draining (the daemon is being shut down).
func (n *Node) RestartDaemon(id uint64) *fault.Error {
	d, err := n.find(id)
	if n.runsElsewhere(id, err) {
		return n.mesh.RestartDaemon(id)
	}
	if err != nil {
		return err
	}
	return d.restart()
}

func (d *Daemon) restart() *fault.Error {
	if d.node.mesh == nil {
		return d.actor.Restart()
	}
	return d.node.mesh.ChangeStopped(d.ID(), false, func() (bool, *fault.Error) { return false, d.actor.Restart() })
}

// stop stops the daemon when its grace time is over. An error: the mesh doesn't know.
func (d *Daemon) stop() *fault.Error {
	if d.node.mesh == nil {
		d.actor.Stop()
		return nil
	}
	return d.node.mesh.ChangeStopped(d.ID(), true, func() (bool, *fault.Error) {
		d.actor.Stop()
		return d.actor.IsStopped(), nil
	})
}
