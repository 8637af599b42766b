package actor

import (
	"slices"
	"sync"

	"go.uber.org/atomic"

	"netmeshos/internal/event"
	"netmeshos/internal/life"
)

// outbox is where the daemon's outputs go.
type outbox struct {
	subscriptions atomic.Pointer[[]subscription] // written with Env.subscriptions held
	producers     map[*Actor]struct{}            // whose outputs the daemon gets; guarded by Env.subscriptions
	unlinked      bool                           // no subscriptions any more; guarded by Env.subscriptions

	emitting sync.Mutex // held while the node's sink is called

	// Guarded by Actor.mu:
	pending []delivery // outputs that wait for room in their subscribers' inboxes
	room    bool       // there may be some
	blocked []*Actor   // producers whose outputs wait for room in this actor's inbox
	ended   bool       // there are subscriptions that end with the batch under way
}

// delivery is outputs on their way into a subscriber's inbox.
type delivery struct {
	to   *Actor
	rest event.Batch
}

// SinkPlace holds where the outputs of all daemons of a node go besides to their
// subscribers.
type SinkPlace struct{ sink atomic.Pointer[Sink] }

// Set changes the sink; nil is none. A call of the old one may still run: see
// Actor.AwaitEmit.
func (p *SinkPlace) Set(s Sink) {
	if s == nil {
		p.sink.Store(nil)
		return
	}
	p.sink.Store(&s)
}

func (p *SinkPlace) set() bool { return p.sink.Load() != nil }

// AwaitEmit returns when no call of a sink that has been replaced runs for this actor.
func (a *Actor) AwaitEmit() {
	a.outbox.emitting.Lock()
	defer a.outbox.emitting.Unlock()
}

// emit gives the node's sink the outputs in the workspace. The token is held.
func (a *Actor) emit(in event.Batch) {
	a.outbox.emitting.Lock()
	defer a.outbox.emitting.Unlock()
	defer func() {
		if cause := recover(); cause != nil {
			a.env.Hook(life.OutputPanicked{Daemon: a.daemon(), Cause: cause})
		}
	}()
	if sink := a.env.Sink.sink.Load(); sink != nil {
		(*sink).Emit(in, a.holder.workspace)
	}
}

// addressed addresses outputs to those who were subscribed when they were emitted.
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

// Interrupt has the batch under way, if there is one, end after its event, whose outputs
// are kept: from now on they may go elsewhere.
func (a *Actor) Interrupt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.interrupt()
}

// interrupt returns the number of the first output of the event under way; 0: no batch
// is under way. It needs mu held.
func (a *Actor) interrupt() (next uint64) {
	if !a.token.held {
		return 0
	}
	return a.holder.workspace.interrupt()
}

// takePending takes the outputs that wait. It needs mu held.
func (a *Actor) takePending() []delivery {
	pending := a.outbox.pending
	a.outbox.pending = nil
	for _, d := range pending {
		waits.Leave(d.to, a)
		a.env.Pending.Sub(int64(d.rest.Len()))
	}
	return pending
}

// flushOutputs tries again to deliver the outputs that wait. It needs mu and the token.
func (a *Actor) flushOutputs() {
	a.outbox.room = false
	pending := a.takePending()
	a.mu.Unlock()
	a.deliverOutputs(pending)
	a.mu.Lock()
}

// deliverOutputs puts outputs into their subscribers' inboxes. What doesn't fit waits,
// and the actor processes no more events until it does. Where that would make actors
// wait for each other in a cycle, an inbox takes more than its capacity: otherwise the
// cycle would stand still for ever. The token is held, mu is not.
func (a *Actor) deliverOutputs(all []delivery) {
	for _, d := range all {
		d.rest = d.to.accept(d.rest, a)
		if d.rest.Len() > 0 && !a.keepPending(d) {
			d.to.acceptAll(d.rest)
		}
	}
}

// keepPending has outputs wait for room. False: they must not wait. That this actor
// waits is noted only where it really does: others would see a cycle in it.
func (a *Actor) keepPending(d delivery) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.lifecycle.processes() || !waits.Enter(d.to, a) {
		return false
	}
	a.outbox.pending = append(a.outbox.pending, d)
	a.env.Pending.Add(int64(d.rest.Len()))
	return true
}

// accept takes as many outputs of a producer as there is room for, and returns the
// rest; if there is one, the producer is woken when there is room again.
func (a *Actor) accept(b event.Batch, producer *Actor) (rest event.Batch) {
	a.mu.Lock()
	defer a.mu.Unlock()
	room := max(0, a.env.InboxCapacity-a.inbox.waiting)
	if b.Len() <= room || !a.lifecycle.processes() {
		a.enqueueOutputs(b)
		return event.Batch{}
	}
	if !slices.Contains(a.outbox.blocked, producer) {
		a.outbox.blocked = append(a.outbox.blocked, producer)
	}
	a.enqueueOutputs(b.Slice(0, room))
	return b.Slice(room, b.Len())
}

// acceptAll takes outputs whether or not there is room.
func (a *Actor) acceptAll(b event.Batch) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.enqueueOutputs(b)
}

// enqueueOutputs puts outputs of another daemon into the inbox, or discards them if
// this one has been stopped. It needs mu held.
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

// takeBlocked takes the producers that wait for room. It needs mu held.
func (a *Actor) takeBlocked() []*Actor {
	blocked := a.outbox.blocked
	a.outbox.blocked = nil
	return blocked
}

// unblockProducers wakes the producers that wait for room if there is enough of it. It
// needs mu held, and gives it up for a while.
func (a *Actor) unblockProducers() {
	if len(a.outbox.blocked) == 0 || a.inbox.waiting > a.env.InboxCapacity/2 {
		return
	}
	blocked := a.takeBlocked()
	a.mu.Unlock()
	wake(blocked)
	a.mu.Lock()
}

// wake has producers try again to deliver their outputs.
func wake(producers []*Actor) {
	for _, p := range producers {
		p.roomMade()
	}
}

func (a *Actor) roomMade() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outbox.room = true
	a.schedule()
}
