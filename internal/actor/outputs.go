package actor

import (
	"fmt"
	"slices"
	"sync"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/life"
)

// outbox is where the daemon's outputs go.
type outbox struct {
	subscriptions atomic.Pointer[[]subscription] // written with Env.subscriptions held
	producers     map[*Actor]struct{}            // actors that this one is subscribed to; guarded by Env.subscriptions

	emitting sync.Mutex // held while the node's sink is called

	// Guarded by Actor.mu:
	pending []delivery // outputs that wait for room in their subscribers' inboxes
	blocked *[]*Actor  // producers whose outputs wait for room in this actor's inbox; nil: none
	room    bool       // there may be room for the pending outputs
	ended   bool       // some subscriptions end with the batch under way

	unlinked bool // no subscription may be made any more; guarded by Env.subscriptions
}

// delivery is a batch of outputs on its way into a subscriber's inbox.
type delivery struct {
	to   *Actor
	rest event.Batch
}

// SinkSlot holds the sink that gets the outputs of all daemons of a node. Subscribers get
// them in addition.
type SinkSlot struct{ sink atomic.Pointer[Sink] }

// Set replaces the sink; nil removes it. A call of the old one may still be running: see
// Actor.AwaitEmit.
func (p *SinkSlot) Set(s Sink) {
	if s == nil {
		p.sink.Store(nil)
		return
	}
	p.sink.Store(&s)
}

func (p *SinkSlot) set() bool { return p.sink.Load() != nil }

// AwaitEmit waits until this actor is no longer calling a sink that has been replaced.
func (a *Actor) AwaitEmit() {
	a.outbox.emitting.Lock()
	defer a.outbox.emitting.Unlock()
}

// emit passes the outputs in the workspace to the node's sink. The token is held.
func (a *Actor) emit(in event.Batch) { a.emitFrom(in, a.holder.workspace) }

// emitFrom passes the outputs in a workspace to the node's sink. The token is held.
func (a *Actor) emitFrom(in event.Batch, w *Workspace) {
	a.outbox.emitting.Lock()
	defer a.outbox.emitting.Unlock()
	defer func() {
		if cause := recover(); cause != nil {
			a.happened(life.OutputPanicked{Daemon: a.daemon(), Cause: cause})
		}
	}()
	if sink := a.env.Sink.sink.Load(); sink != nil {
		(*sink).Emit(in, w)
	}
}

// replyTo passes the outputs in the workspace to the reply of a Deliver. The token is held.
func (a *Actor) replyTo(reply Sink, in event.Batch) {
	defer func() {
		if cause := recover(); cause != nil {
			const method = "the output function"
			a.happened(life.CallbackFailed{Daemon: a.daemon(), Method: method, Err: fmt.Errorf("panic in %s: %v", method, cause)})
		}
	}()
	reply.Emit(in, a.holder.workspace)
}

// addressed returns a delivery for each subscriber, with the outputs that were emitted
// while it was subscribed.
func addressed(subscriptions []subscription, outputs event.Batch) []delivery {
	if outputs.Len() == 0 {
		return nil
	}
	all := make([]delivery, 0, len(subscriptions))
	for _, s := range subscriptions {
		if part := s.part(outputs); part.Len() > 0 {
			all = append(all, delivery{s.to, part})
		}
	}
	return all
}

// Interrupt makes the batch under way, if there is one, end after its current event and
// keeps that event's outputs. It is called when the outputs may go elsewhere from now on.
func (a *Actor) Interrupt() {
	a.lock()
	defer a.mu.Unlock()
	a.interrupt()
}

// interrupt is Interrupt. It returns the number of the first output of the event under
// way, or 0 if no batch is under way. It needs mu held.
func (a *Actor) interrupt() (next uint64) {
	if !a.token.held {
		return 0
	}
	return a.holder.workspace.interrupt()
}

// takePending removes and returns the pending outputs. It needs mu held.
func (a *Actor) takePending() []delivery {
	pending := a.outbox.pending
	a.outbox.pending = nil
	for _, d := range pending {
		waits.Remove(d.to, a)
		a.env.Pending.Sub(int64(d.rest.Len()))
	}
	return pending
}

// flushOutputs tries again to deliver the pending outputs. It needs mu and the token.
func (a *Actor) flushOutputs() {
	a.outbox.room = false
	pending := a.takePending()
	a.mu.Unlock()
	a.deliverOutputs(pending)
	a.lock()
}

// deliverOutputs puts outputs into their subscribers' inboxes. Outputs that don't fit
// become pending, and the actor processes no events until they are delivered. If that
// would make actors wait for each other in a cycle, the inbox takes more than its
// capacity; otherwise the cycle would deadlock. The token is held, mu is not.
func (a *Actor) deliverOutputs(all []delivery) {
	for _, d := range all {
		d.rest = d.to.accept(d.rest, a)
		if d.rest.Len() > 0 && !a.keepPending(d) {
			d.to.acceptAll(d.rest)
		}
	}
}

// deliverBehind is deliverOutputs for outputs that may come while others are pending, which they don't overtake.
func (a *Actor) deliverBehind(all []delivery) {
	a.lock()
	pending := len(a.outbox.pending) > 0
	a.mu.Unlock()
	if !pending {
		a.deliverOutputs(all)
		return
	}
	for _, d := range all {
		if !a.keepPending(d) {
			d.to.acceptAll(d.rest)
		}
	}
}

// keepPending makes outputs wait for room. It returns false if they must not wait. The
// wait enters the graph only here, when the actor really waits: an edge that is not a
// wait could make a call elsewhere fail for a cycle that doesn't exist.
func (a *Actor) keepPending(d delivery) bool {
	a.lock()
	defer a.mu.Unlock()
	if !a.lifecycle.processes() || !waits.Add(d.to, a) {
		return false
	}
	a.outbox.pending = append(a.outbox.pending, d)
	a.env.Pending.Add(int64(d.rest.Len()))
	return true
}

// accept takes as many outputs of a producer as there is room for and returns the rest.
// If any are left, the producer is woken when there is room again.
func (a *Actor) accept(b event.Batch, producer *Actor) (rest event.Batch) {
	a.lock()
	defer a.mu.Unlock()
	if !a.lifecycle.processes() {
		a.enqueueOutputs(b)
		return event.Batch{}
	}
	room := a.inbox.takeRoom(b.Len(), a.env.InboxCapacity)
	if room < b.Len() {
		a.outbox.block(producer)
	}
	a.enqueueOutputs(b.Slice(0, room))
	return b.Slice(room, b.Len())
}

// acceptAll takes outputs even if there is no room for them.
func (a *Actor) acceptAll(b event.Batch) {
	a.lock()
	defer a.mu.Unlock()
	a.inbox.exceed(b.Len())
	a.enqueueOutputs(b)
}

// enqueueOutputs puts outputs of another daemon into the inbox. It discards them if this
// daemon has been stopped. It needs mu held.
func (a *Actor) enqueueOutputs(b event.Batch) {
	switch {
	case b.Len() == 0:
	case !a.lifecycle.processes():
		a.discarded(b.Len(), true)
	default:
		a.inbox.enqueueShared(b)
		a.env.Gauge.Add(b.Len())
		a.schedule()
	}
}

// block adds a producer to the blocked ones. It needs the actor's mu held.
func (o *outbox) block(producer *Actor) {
	if o.blocked == nil {
		o.blocked = new([]*Actor)
	}
	if !slices.Contains(*o.blocked, producer) {
		*o.blocked = append(*o.blocked, producer)
	}
}

// takeBlocked removes and returns the blocked producers. It needs mu held.
func (a *Actor) takeBlocked() []*Actor {
	if a.outbox.blocked == nil {
		return nil
	}
	blocked := *a.outbox.blocked
	a.outbox.blocked = nil
	return blocked
}

// unblockProducers wakes the blocked producers once the inbox is at most half full. It
// needs mu held, and unlocks it for a while.
func (a *Actor) unblockProducers() {
	if a.outbox.blocked == nil || a.inbox.depth() > a.env.InboxCapacity/2 {
		return
	}
	blocked := a.takeBlocked()
	a.mu.Unlock()
	wake(blocked)
	a.lock()
}

// wake makes producers try again to deliver their outputs.
func wake(producers []*Actor) {
	for _, p := range producers {
		p.roomMade()
	}
}

func (a *Actor) roomMade() {
	a.lock()
	defer a.mu.Unlock()
	a.outbox.room = true
	a.schedule()
}
