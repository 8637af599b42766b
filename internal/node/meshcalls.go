package node

import (
	"bytes"
	"slices"
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/meshed"
)

// Calls that go to the mesh. The daemon is nil if it isn't registered on this node.

// goesToMesh reports whether a call about a daemon goes to the mesh. err is what looking for it
// here has given: with events "direct" it goes there if this node doesn't have the daemon, or
// another one runs it, or this one isn't through with what came before it.
func (n *Node) goesToMesh(id uint64, err *fault.Error) bool {
	if n.mesh == nil {
		return false
	}
	if err == nil {
		return n.durable || n.isAway(id)
	}
	return err.Kind == fault.NotFound
}

// meetInMesh reports whether a subscription is the mesh's: not where this node runs both daemons with events "direct".
func (n *Node) meetInMesh(from, to uint64, err *fault.Error) bool {
	return n.goesToMesh(from, err) || n.mesh != nil && err == nil && n.isAway(to)
}

// isSubscribed reports whether the mesh knows a subscription.
func (n *Node) isSubscribed(from, to uint64) bool {
	if n.mesh == nil {
		return false
	}
	v, _ := n.mesh.View(from)
	return slices.Contains(v.To, to)
}

// runsElsewhere reports whether another node runs the daemon, or may.
func (n *Node) runsElsewhere(id uint64, err *fault.Error) bool {
	return n.goesToMesh(id, err) && (err != nil || n.isStandby(id))
}

func (n *Node) isStandby(id uint64) bool {
	v, known := n.mesh.View(id)
	return known && v.Standby
}

func (n *Node) isAway(id uint64) bool {
	v, known := n.mesh.View(id)
	return known && (v.Standby || v.Away)
}

// mayEnter refuses events for a daemon that this node runs and that takes none.
func (n *Node) mayEnter(d *Daemon, id uint64) *fault.Error {
	if d == nil {
		return nil
	}
	if err := d.actor.Refusal(); err != nil && !n.isStandby(id) {
		return err
	}
	return nil
}

// waitFor calls the mesh about a daemon whose callbacks the call may have to wait for. As
// far as they run on this node, a call is refused that would wait for itself.
func waitFor(d *Daemon, caller actor.Caller, call func() *fault.Error) *fault.Error {
	if d != nil {
		if err := d.actor.Enter(caller); err != nil {
			return err
		}
		defer d.actor.Leave(caller)
		if !d.actor.Lifecycle().Open() && !d.hasStandby() {
			return actor.Ended
		}
	}
	return call()
}

// hasStandby reports whether another node runs the daemon, or would.
func (d *Daemon) hasStandby() bool {
	v, known := d.node.mesh.View(d.ID())
	return known && (v.Standby || len(v.Standbys) > 0)
}

func (n *Node) mayPost(d *Daemon, id uint64, events []event.Event) *fault.Error {
	for i, e := range events {
		if err := n.checkPayload(e, i); err != nil {
			return err
		}
	}
	return n.mayEnter(d, id)
}

func (n *Node) meshPost(d *Daemon, id uint64, events []event.Event) (int, *fault.Error) {
	return meshed.Wait(func(done func(int, *fault.Error)) { n.beginMeshPost(d, id, events, done) })
}

// beginMeshPost begins to post; done is told the end of it. A node that begins to refuse events waits for posts that have
// passed the check but are not the mesh's yet.
func (n *Node) beginMeshPost(d *Daemon, id uint64, events []event.Event, done func(accepted int, err *fault.Error)) {
	if d == nil && !n.mesh.Knows(id) { // may ask the servers, for which no drain waits
		done(0, errUnknown(id))
		return
	}
	n.posting.RLock()
	defer n.posting.RUnlock()
	if err := n.mayPost(d, id, events); err != nil {
		done(0, err)
		return
	}
	if len(events) == 0 {
		done(0, nil)
		return
	}
	n.mesh.PostLater(id, events, done)
}

// meshPostWait waits for room at most for the limit; a negative limit means forever.
func (n *Node) meshPostWait(d *Daemon, id uint64, events []event.Event, limit time.Duration, caller actor.Caller) (int, *fault.Error) {
	began, accepted := time.Now(), 0
	for {
		took, err := n.meshPost(d, id, events[accepted:])
		accepted += took
		if err == nil || err.Kind != fault.QueueFull {
			return accepted, err
		}
		pause := meshed.RoomAgain
		if limit >= 0 {
			if pause = min(pause, limit-time.Since(began)); pause <= 0 {
				return accepted, err
			}
		}
		if err := wait(d, caller, pause); err != nil {
			return accepted, err
		}
	}
}

// wait waits for some time, in which the daemon is to make room, unless it waits for the caller.
func wait(d *Daemon, caller actor.Caller, pause time.Duration) *fault.Error {
	if d != nil {
		if err := d.actor.Enter(caller); err != nil {
			return err
		}
		defer d.actor.Leave(caller)
	}
	time.Sleep(pause)
	return nil
}

func (n *Node) meshDeliver(d *Daemon, id uint64, e event.Event, reply actor.Sink, caller actor.Caller) *fault.Error {
	if err := n.checkPayload(e, 0); err != nil {
		return err
	}
	e.Payload = bytes.Clone(e.Payload) // the call may be over before the event has its turn
	var outputs event.Batch
	err := waitFor(d, caller, func() *fault.Error {
		if err := n.mayEnter(d, id); err != nil {
			return err
		}
		return n.mesh.Deliver(id, e, func(b event.Batch) { outputs = b })
	})
	if err == nil && reply != nil && outputs.Len() > 0 {
		actor.Reply(reply, outputs, e)
	}
	return err
}

func (n *Node) meshFlush(d *Daemon, id uint64, limit time.Duration, caller actor.Caller) *fault.Error {
	err := waitFor(d, caller, func() *fault.Error { return n.mesh.Flush(id, limit) })
	if err != nil && err.Kind == fault.Stopped && d != nil && !d.actor.Lifecycle().Open() {
		return nil // it has ended, and has nothing to do
	}
	return err
}

// flushOne flushes a daemon of this node.
func (n *Node) flushOne(d *Daemon, limit time.Duration, caller actor.Caller) *fault.Error {
	if !n.durable {
		return d.actor.Flush(limit, caller)
	}
	over := time.Now().Add(limit)
	if err := n.meshFlush(d, d.ID(), limit, caller); err != nil {
		return err
	}
	if limit >= 0 {
		limit = max(0, time.Until(over))
	}
	return d.actor.Flush(limit, caller) // a callback other than process may run
}

// lacks reports whether this node runs the daemon, and it has no such callback: then nothing has to be waited for, so that
// the call may be made inside its others.
func (n *Node) lacks(d *Daemon, id uint64, callback actor.Features) bool {
	return d != nil && d.actor.Features()&callback == 0 && !n.isStandby(id)
}

func (n *Node) meshSnapshot(d *Daemon, id uint64, caller actor.Caller) (state []byte, err *fault.Error) {
	if n.lacks(d, id, actor.HasSnapshot) {
		return nil, nil
	}
	err = waitFor(d, caller, func() (err *fault.Error) {
		state, err = n.mesh.Snapshot(id)
		return err
	})
	return state, err
}

func (n *Node) meshRestore(d *Daemon, id uint64, state []byte, caller actor.Caller) *fault.Error {
	if n.lacks(d, id, actor.HasRestore) {
		return d.actor.Restore(state, caller)
	}
	state = bytes.Clone(state) // the call may be over before the state has its turn
	return waitFor(d, caller, func() *fault.Error { return n.mesh.Restore(id, state) })
}

func errUnknown(id uint64) *fault.Error {
	return fault.New(fault.NotFound, "no daemon of the id %#x is registered, and none has ever been in the mesh", id)
}
