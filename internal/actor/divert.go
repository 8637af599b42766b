package actor

import (
	"bytes"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// Away is the answer to events that have to go through the mesh, as another node runs the daemon or is about to.
var Away = fault.New(fault.NotFound, "this node does not run the daemon") //nolint:errname // a value of the package's own error type

// Divert refuses events from outside with Away until Undivert: what would become of them here, the next owner would not
// know. What waits in the inbox goes to rest, in its order and before any later event can find that it is refused, and after
// it the outputs of daemons on this node that this one is subscribed to; rest must not block. If it is nil, both are processed
// as before.
func (a *Actor) Divert(rest func(events []event.Event)) {
	a.lock()
	defer a.mu.Unlock()
	a.inbox.away, a.inbox.elsewhere = true, rest
	var states []*waiter
	for _, w := range a.token.behind {
		if w.state {
			states = append(states, w)
		} else {
			w.granted <- Away
		}
	}
	a.token.behind = states
	a.wakePosters()
	if rest != nil {
		a.inbox.closeStage()
		if events := a.inbox.after(int(a.batch.events)); len(events) > 0 {
			rest(events)
			a.env.Gauge.Add(-a.inbox.discard(int(a.batch.events)))
			a.unblockProducers()
		}
	}
	a.schedule()
}

// Undivert takes events from outside again.
func (a *Actor) Undivert() {
	a.lock()
	defer a.mu.Unlock()
	a.inbox.away, a.inbox.elsewhere = false, nil
}

// mayEnter says why an event from outside has no place in the inbox, or nil. It needs mu held.
func (a *Actor) mayEnter() *fault.Error {
	err := a.refusal()
	if err == nil && a.inbox.away {
		err = Away
	}
	return err
}

// redirect passes outputs on to where the daemon is, and reports whether it is not here. It needs mu held.
func (a *Actor) redirect(outputs event.Batch) bool {
	if a.inbox.elsewhere == nil || !a.lifecycle.processes() {
		return false
	}
	if outputs.Len() > 0 {
		a.inbox.elsewhere(copies(nil, outputs, 0))
	}
	return true
}

// copies appends copies of the events of a batch from one on.
func copies(events []event.Event, b event.Batch, from int) []event.Event {
	for i := from; i < b.Len(); i++ {
		e := b.At(i)
		e.Payload = bytes.Clone(e.Payload)
		events = append(events, e)
	}
	return events
}

// after returns copies of the events behind the first so many.
func (q *inbox) after(keep int) (events []event.Event) {
	skip := int(q.first) + keep
	for _, s := range q.segments {
		events = copies(events, s.Batch, skip)
		skip = max(0, skip-s.Len())
	}
	return events
}
