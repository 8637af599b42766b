package actor

import "slices"

// Subscribe sends the actor's outputs to another one too, as events. Nothing happens
// if it does so already, or if one of them has been unlinked. Subscriptions change
// rarely; whoever sends outputs reads the list without a lock.
func (a *Actor) Subscribe(to *Actor) {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	list := a.subscribers()
	if a.outbox.unlinked || to.outbox.unlinked || slices.Contains(list, to) {
		return
	}
	list = append(slices.Clone(list), to)
	a.outbox.subscribers.Store(&list)
	if to.outbox.producers == nil {
		to.outbox.producers = make(map[*Actor]struct{})
	}
	to.outbox.producers[a] = struct{}{}
}

// Unsubscribe takes a Subscribe back, and reports whether there was one.
func (a *Actor) Unsubscribe(to *Actor) bool {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	return a.unsubscribe(to)
}

// unsubscribe needs Env.subscriptions held.
func (a *Actor) unsubscribe(to *Actor) bool {
	list := a.subscribers()
	at := slices.Index(list, to)
	if at < 0 {
		return false
	}
	delete(to.outbox.producers, a)
	if len(list) == 1 {
		a.outbox.subscribers.Store(nil)
		return true
	}
	list = slices.Delete(slices.Clone(list), at, at+1)
	a.outbox.subscribers.Store(&list)
	return true
}

// Unlink ends all subscriptions from and to the actor, for good.
func (a *Actor) Unlink() {
	a.env.subscriptions.Lock()
	defer a.env.subscriptions.Unlock()
	a.outbox.unlinked = true
	for producer := range a.outbox.producers {
		producer.unsubscribe(a)
	}
	for _, to := range a.subscribers() {
		a.unsubscribe(to)
	}
}

// subscribers are the actors that get the outputs.
func (a *Actor) subscribers() []*Actor {
	if list := a.outbox.subscribers.Load(); list != nil {
		return *list
	}
	return nil
}
