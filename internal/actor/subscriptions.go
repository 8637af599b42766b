package actor

import (
	"math"
	"slices"

	"netmeshos/internal/event"
)

// subscription sends the outputs with the numbers from since (included) to until
// (excluded) to another actor.
type subscription struct {
	to           *Actor
	since, until uint64
}

// noEnd is the until of a subscription that has not ended.
const noEnd = math.MaxUint64

// part returns the outputs that the subscription covers. The outputs are consecutive.
func (s subscription) part(outputs event.Batch) event.Batch {
	first := outputs.Metas[0].Sequence
	end := first + uint64(outputs.Len())
	from, to := max(s.since, first), min(s.until, end)
	if from >= to {
		return event.Batch{}
	}
	return outputs.Slice(int(from-first), int(to-first))
}

// Subscribe sends the actor's outputs to another actor too, as events: the outputs of the
// event under way and of all later events. It does nothing if the subscription exists, or
// if one of the two has been unlinked. Subscriptions change rarely, so outputs are sent by
// a list that is read without a lock.
func (a *Actor) Subscribe(to *Actor) {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	if a.outbox.unlinked || to.outbox.unlinked || a.subscriptionTo(to) >= 0 {
		return
	}
	a.lock()
	defer a.mu.Unlock()
	since := a.interrupt()
	list := append(slices.Clone(a.subscriptions()), subscription{to, since, noEnd})
	a.outbox.subscriptions.Store(&list)
	// Again, because a batch that began in between may not have seen the list.
	a.interrupt()
	if to.outbox.producers == nil {
		to.outbox.producers = make(map[*Actor]struct{})
	}
	to.outbox.producers[a] = struct{}{}
}

// Unsubscribe ends a subscription, and reports whether there was one. The outputs of the
// event under way are no longer sent.
func (a *Actor) Unsubscribe(to *Actor) bool {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	return a.unsubscribe(to)
}

// unsubscribe is Unsubscribe. Outputs of earlier events of the batch under way are still
// sent. It needs Env.subscriptions held.
func (a *Actor) unsubscribe(to *Actor) bool {
	at := a.subscriptionTo(to)
	if at < 0 {
		return false
	}
	delete(to.outbox.producers, a)
	a.lock()
	defer a.mu.Unlock()
	list := slices.Clone(a.subscriptions())
	if next := a.interrupt(); next != 0 {
		list[at].until = next
		a.outbox.ended = true
	} else {
		list = slices.Delete(list, at, at+1)
	}
	a.setSubscriptions(list)
	return true
}

// forgetEnded removes the subscriptions that have ended.
func (a *Actor) forgetEnded() {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	a.setSubscriptions(slices.DeleteFunc(slices.Clone(a.subscriptions()), func(s subscription) bool { return s.until != noEnd }))
}

// Unlink ends all subscriptions from and to the actor, for good.
func (a *Actor) Unlink() {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	a.outbox.unlinked = true
	for producer := range a.outbox.producers {
		producer.unsubscribe(a)
	}
	for _, s := range a.subscriptions() {
		a.unsubscribe(s.to)
	}
}

// subscriptions returns the list, which must not be changed. It needs no lock.
func (a *Actor) subscriptions() []subscription {
	if list := a.outbox.subscriptions.Load(); list != nil {
		return *list
	}
	return nil
}

// setSubscriptions replaces the list. It needs Env.subscriptions held.
func (a *Actor) setSubscriptions(list []subscription) {
	if len(list) == 0 {
		a.outbox.subscriptions.Store(nil)
		return
	}
	a.outbox.subscriptions.Store(&list)
}

// subscriptionTo returns the index of the subscription that has not ended, or -1.
func (a *Actor) subscriptionTo(to *Actor) int {
	return slices.IndexFunc(a.subscriptions(), func(s subscription) bool { return s.to == to && s.until == noEnd })
}
