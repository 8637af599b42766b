package node

import (
	"time"

	"netmeshos/internal/actor"
	"netmeshos/internal/amount"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// Deliver has a daemon process an event, after all events that were posted before it, and
// returns when that is done. The outputs go to the reply, which may be nil, before Deliver returns, and also
// to the sink and the subscribers.
//
// Errors: not_found, already_shutdown (the node), invalid_argument (the payload is too
// long), draining, stopped, backing_off, process_failed, out_of_memory, invalid_state (the
// daemon waits for a callback that the caller runs inside).
func (n *Node) Deliver(id uint64, e event.Event, reply actor.Sink, start actor.Start, caller actor.Caller) *fault.Error {
	d, err := n.find(id)
	if n.goesToMesh(id, err) {
		return n.meshDeliver(d, id, e, reply, caller)
	}
	if err != nil {
		return err
	}
	if err := n.checkPayload(e, 0); err != nil {
		return err
	}
	if err = d.actor.Deliver(e, reply, start, caller); err == actor.Away {
		return n.meshDeliver(d, id, e, reply, caller)
	}
	return err
}

func (n *Node) checkPayload(e event.Event, index int) *fault.Error {
	if length := uint64(len(e.Payload)); length > n.config.MaxPayloadBytes {
		return fault.New(fault.InvalidArgument, "the payload of event %d has %s, but max_payload_bytes is %d", index, amount.Of(length, "byte"), n.config.MaxPayloadBytes)
	}
	return nil
}

// Post puts copies of events into a daemon's inbox and returns how many fit, counted from
// the first. It never waits. Errors: those of Deliver except the last three, and
// queue_full (there was no room for all).
func (n *Node) Post(id uint64, events []event.Event) (accepted int, err *fault.Error) {
	d, err := n.find(id)
	if n.goesToMesh(id, err) {
		return n.meshPost(d, id, events)
	}
	if err != nil {
		return 0, err
	}
	for i, e := range events {
		if err := n.checkPayload(e, i); err != nil {
			return 0, err
		}
	}
	if accepted, err = d.actor.Post(events); err == actor.Away {
		return n.meshPost(d, id, events)
	}
	return accepted, err
}

// PostLater is Post without waiting for the mesh: done is told what Post would have returned, once, on any goroutine,
// maybe before PostLater returns. Until then the events must stay as they are. done must not block.
func (n *Node) PostLater(id uint64, events []event.Event, done func(accepted int, err *fault.Error)) {
	d, err := n.registered(id)
	if !n.goesToMesh(id, err) {
		done(n.Post(id, events))
		return
	}
	n.beginMeshPost(d, id, events, done)
}

// PostWait is Post, but waits for room, at most for limit; a limit of 0 or less means
// forever. Errors: those of Post, where queue_full means that the time was over, and
// invalid_state (the daemon waits for a callback that the caller runs inside).
func (n *Node) PostWait(id uint64, events []event.Event, limit time.Duration, caller actor.Caller) (accepted int, err *fault.Error) {
	if limit <= 0 {
		limit = -1
	}
	d, err := n.find(id)
	if n.goesToMesh(id, err) {
		return n.meshPostWait(d, id, events, limit, caller)
	}
	if err != nil {
		return 0, err
	}
	for i, e := range events {
		if err := n.checkPayload(e, i); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	accepted, err = d.actor.PostWait(events, limit, caller)
	if err != actor.Away {
		return accepted, err
	}
	if limit >= 0 {
		limit = max(0, limit-time.Since(began))
	}
	rest, err := n.meshPostWait(d, id, events[accepted:], limit, caller)
	return accepted + rest, err
}

// Flush waits until the daemon's inbox is empty and none of its callbacks runs; id 0
// means all daemons. A limit of 0 or less means forever. Errors: not_found,
// already_shutdown (the node), timeout, invalid_state (Flush would wait for a callback
// that the caller runs inside).
func (n *Node) Flush(id uint64, limit time.Duration, caller actor.Caller) *fault.Error {
	if limit <= 0 {
		limit = -1
	}
	if id != 0 {
		d, err := n.find(id)
		if n.goesToMesh(id, err) {
			return n.meshFlush(d, id, limit, caller)
		}
		if err != nil {
			return err
		}
		return d.actor.Flush(limit, caller)
	}
	if n.IsDown() {
		return errDown
	}
	if n.isInside(caller) {
		return fault.New(fault.InvalidState, "all daemons can't be flushed from inside a callback of one of them")
	}
	if caller != nil || n.durable {
		return n.flushOneByOne(limit, caller)
	}
	idle := n.env.Activity.Idle()
	if idle == nil || actor.WaitFor(idle, limit) {
		return nil
	}
	waiting := n.env.Gauge.Waiting()
	return fault.New(fault.Timeout, "%s %s waiting and %s had something to do after %v",
		amount.Of(waiting, "event"), amount.Verb(waiting, "was", "were"), amount.Of(n.env.Activity.Busy(), "daemon"), limit)
}

// flushOneByOne flushes all daemons for a caller inside a callback. It waits for one daemon
// at a time, so that the graph of waits shows which one, and two callbacks that wait for
// each other are detected.
func (n *Node) flushOneByOne(limit time.Duration, caller actor.Caller) *fault.Error {
	over := time.Now().Add(limit)
	for {
		before := n.commits()
		if err := n.flushEach(over, limit, caller); err != nil || n.commits() == before {
			return err
		}
	}
}

// commits is a number that grows with every commit of a daemon in the mesh; 0 without one. A
// daemon may have sent outputs to another that was flushed before it.
func (n *Node) commits() (sum uint64) {
	if !n.durable {
		return 0
	}
	for _, d := range n.all() {
		v, _ := n.mesh.View(d.ID())
		sum += v.Committed
	}
	return sum
}

func (n *Node) flushEach(over time.Time, limit time.Duration, caller actor.Caller) *fault.Error {
	for _, d := range n.all() {
		left := limit
		if limit > 0 {
			left = max(0, time.Until(over))
		}
		if err := n.flushOne(d, left, caller); err != nil && (!n.durable || err.Kind != fault.Stopped) {
			return err // what waits for a daemon that is stopped waits until it is restarted
		}
	}
	return nil
}

// SetOutput sends the outputs of all daemons to a sink; nil removes it. When it returns,
// the previous sink is not running and won't be called again. From inside a callback it
// doesn't wait for that. Error: already_shutdown.
func (n *Node) SetOutput(sink actor.Sink, caller actor.Caller) *fault.Error {
	if n.IsDown() {
		return errDown
	}
	n.env.Sink.Set(sink)
	for _, d := range n.all() {
		d.actor.Interrupt()
		if caller == nil {
			d.actor.AwaitEmit()
		}
	}
	return nil
}

// Subscribe sends the outputs of one daemon to another as events. Their origin is the
// producer's id, their sequence the output's number. Subscribing again changes nothing.
// Errors: not_found, already_shutdown (the node).
func (n *Node) Subscribe(from, to uint64) *fault.Error {
	producer, subscriber, err := n.pair(from, to)
	if n.meetInMesh(from, to, err) {
		failed := n.mesh.Subscribe(from, to)
		if failed == nil && err == nil && !n.durable {
			producer.actor.Unsubscribe(subscriber.actor) // it would get outputs twice
		}
		return failed
	}
	if err != nil {
		return err
	}
	if n.isSubscribed(from, to) {
		if failed := n.mesh.Unsubscribe(from, to); failed != nil && failed.Kind != fault.NotFound {
			return failed
		}
	}
	producer.actor.Subscribe(subscriber.actor)
	return nil
}

// Unsubscribe ends a subscription. Errors: not_found (also if there was no such
// subscription), already_shutdown (the node).
func (n *Node) Unsubscribe(from, to uint64) *fault.Error {
	producer, subscriber, err := n.pair(from, to)
	was := err == nil && producer.actor.Unsubscribe(subscriber.actor)
	if n.meetInMesh(from, to, err) || err == nil && n.isSubscribed(from, to) {
		failed := n.mesh.Unsubscribe(from, to)
		if was && failed != nil && failed.Kind == fault.NotFound {
			return nil
		}
		return failed
	}
	if err != nil {
		return err
	}
	if !was {
		return fault.New(fault.NotFound, "daemon %#x is not subscribed to %#x", to, from)
	}
	return nil
}

// Snapshot returns a daemon's state, in order with the events that are posted; nil if it has none. A
// restart after a failure restores the last snapshot. Errors: not_found, already_shutdown
// (the node), stopped, out_of_memory, invalid_state (the daemon waits for a callback that
// the caller runs inside).
func (n *Node) Snapshot(id uint64, caller actor.Caller) ([]byte, *fault.Error) {
	d, err := n.find(id)
	if n.goesToMesh(id, err) {
		return n.meshSnapshot(d, id, caller)
	}
	if err != nil {
		return nil, err
	}
	return d.actor.Snapshot(caller)
}

// Restore gives a daemon a state, in order with the events that are posted. Errors: those of Snapshot, and
// restore_failed.
func (n *Node) Restore(id uint64, state []byte, caller actor.Caller) *fault.Error {
	d, err := n.find(id)
	if n.goesToMesh(id, err) {
		return n.meshRestore(d, id, state, caller)
	}
	if err != nil {
		return err
	}
	return d.actor.Restore(state, caller)
}
