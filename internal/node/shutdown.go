package node

import (
	"slices"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/amount"
	"netmeshos/internal/fault"
)

// ShutdownGrace is how long Shutdown waits for running callbacks. Free after it has no more
// than what is left of that.
const ShutdownGrace = actor.DefaultGrace

// IsDown reports whether the node has been shut down.
func (n *Node) IsDown() bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.down
}

// Shutdown ends the supervisor. It wakes everybody who waits for control events, and
// returns when no callback runs and none will. The daemons' handles stay valid. From inside
// a callback of one of its daemons it doesn't wait. Errors: already_shutdown,
// shutdown_failed (a callback still runs after ShutdownGrace; the node is shut down
// anyway).
func (n *Node) Shutdown(caller actor.Caller) *fault.Error {
	daemons, err := n.beginShutdown(!n.isInside(caller))
	if err != nil {
		return err
	}
	defer n.freeStates()
	return n.awaitCallbacks(daemons, caller)
}

// BeginShutdown is Shutdown without waiting for callbacks.
func (n *Node) BeginShutdown() *fault.Error {
	_, err := n.beginShutdown(false)
	if err == nil {
		n.freeStates()
	}
	return err
}

// freeStates lets other nodes have the folder of the states.
func (n *Node) freeStates() {
	if n.states != nil {
		n.states.Unlock()
	}
}

// Free is Shutdown for the call that frees the node: it also waits if the shutdown had
// begun before.
func (n *Node) Free(caller actor.Caller) *fault.Error {
	defer n.freeStates()
	daemons, err := n.beginShutdown(!n.isInside(caller))
	if err != nil {
		<-n.ending
		daemons = n.all()
	}
	return n.awaitCallbacks(daemons, caller)
}

// isInside reports whether the caller runs inside a callback of one of the daemons.
func (n *Node) isInside(caller actor.Caller) bool {
	return caller != nil && slices.ContainsFunc(caller.Actors(), n.owns)
}

func (n *Node) awaitCallbacks(daemons []*Daemon, caller actor.Caller) *fault.Error {
	if n.isInside(caller) {
		return nil
	}
	deadline := n.deadlineOfShutdown()
	left := func() time.Duration { return max(0, time.Until(deadline)) }
	var late []*Daemon
	for _, d := range daemons {
		if !d.actor.Await(left(), caller) {
			late = append(late, d)
		}
	}
	insideLog := caller != nil && caller.InsideLogFunction()
	if n.followed != nil && !insideLog && !actor.WaitFor(n.followed, left()) {
		return fault.New(fault.ShutdownFailed, "the SDK is shut down, but the log function still runs after %v: let it return", ShutdownGrace)
	}
	if len(late) == 0 {
		return nil
	}
	if name := late[0].actor.Name(); late[0].actor.WaitsFor(caller) {
		return fault.New(fault.ShutdownFailed,
			"the SDK is shut down, but a callback of daemon %q waits for the callback that makes this call, which so can't wait for it", name)
	} else {
		return fault.New(fault.ShutdownFailed,
			"the SDK is shut down, but callbacks of %s still run after %v, among them %q: let them return, then free their handles",
			amount.Of(len(late), "daemon"), ShutdownGrace, name)
	}
}

// deadlineOfShutdown is until when callbacks are waited for, from the first call on that asks.
func (n *Node) deadlineOfShutdown() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.deadline.IsZero() {
		n.deadline = time.Now().Add(ShutdownGrace)
	}
	return n.deadline
}

// markDown marks the node as shut down, so that all later calls fail. It returns false if
// the node was down already.
func (n *Node) markDown() bool {
	n.state.Lock()
	defer n.state.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return false
	}
	n.down = true
	n.recent.clear()
	clear(n.probed)
	return true
}

// beginShutdown stops everything without waiting, neither for callbacks nor for the
// functions that are called after a daemon's last callback. orderly: it waits until the
// daemons' last states are in the mesh, but not longer than ShutdownGrace.
func (n *Node) beginShutdown(orderly bool) ([]*Daemon, *fault.Error) {
	if !n.markDown() {
		return nil, errDown
	}
	defer close(n.ending)
	daemons := n.all()
	if n.mesh != nil {
		left := n.leave(daemons)
		if orderly {
			actor.WaitFor(left, ShutdownGrace)
		}
	}
	n.loop.end()
	for _, d := range daemons {
		d.actor.EndControlWaits()
	}
	for _, d := range daemons {
		d.actor.Terminate()
		d.refuseMesh()
	}
	n.env.Close()
	n.followed = n.follower.Stop()
	return daemons, nil
}
