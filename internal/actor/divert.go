package actor

import (
	"bytes"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

// Away is the answer to events that have to go through the mesh, as another node runs the daemon or is about to.
var Away = fault.New(fault.NotFound, "this node does not run the daemon") //nolint:errname // a value of the package's own error type

// Divert refuses events from outside with Away until Undivert: what would become of them here, the next owner would not
// know. What waits in the inbox goes to rest, in its order and before any later event can find that it is refused; rest must
// not block. If it is nil, what waits is processed as before.
func (a *Actor) Divert(rest func(events []event.Event)) {
	a.lock()
	defer a.mu.Unlock()
	a.inbox.away = true
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
	a.inbox.away = false
}

// mayEnter says why an event from outside has no place in the inbox, or nil. It needs mu held.
func (a *Actor) mayEnter() *fault.Error {
	err := a.refusal()
	if err == nil && a.inbox.away {
		err = Away
	}
	return err
}

// after returns copies of the events behind the first so many.
func (q *inbox) after(keep int) (events []event.Event) {
	skip := int(q.first) + keep
	for _, s := range q.segments {
		for i := skip; i < s.Len(); i++ {
			e := s.At(i)
			e.Payload = bytes.Clone(e.Payload)
			events = append(events, e)
		}
		skip = max(0, skip-s.Len())
	}
	return events
}
