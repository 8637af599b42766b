package actor

import (
	"slices"
	"sync"
)

// subscriptions guards who is subscribed to whom, for all hosts. That changes
// rarely; those who send outputs read their list without the lock.
var subscriptions sync.Mutex

// Subscribe sends the host's outputs to another one too, as events. It reports
// whether that is new; where one of them has been unlinked, nothing happens.
func (h *Host) Subscribe(to *Host) bool {
	subscriptions.Lock()
	defer subscriptions.Unlock()
	list := h.Subscribers()
	if h.unlinked || to.unlinked || slices.Contains(list, to) {
		return false
	}
	list = append(slices.Clone(list), to)
	h.subscribers.Store(&list)
	if to.producers == nil {
		to.producers = make(map[*Host]struct{})
	}
	to.producers[h] = struct{}{}
	return true
}

// Unsubscribe takes a Subscribe back, and reports whether there was one.
func (h *Host) Unsubscribe(to *Host) bool {
	subscriptions.Lock()
	defer subscriptions.Unlock()
	return h.unsubscribe(to)
}

// unsubscribe is called with subscriptions held.
func (h *Host) unsubscribe(to *Host) bool {
	list := h.Subscribers()
	at := slices.Index(list, to)
	if at < 0 {
		return false
	}
	delete(to.producers, h)
	if len(list) == 1 {
		h.subscribers.Store(nil)
		return true
	}
	list = slices.Delete(slices.Clone(list), at, at+1)
	h.subscribers.Store(&list)
	return true
}

// Unlink ends all subscriptions from and to the host, for good.
func (h *Host) Unlink() {
	subscriptions.Lock()
	defer subscriptions.Unlock()
	h.unlinked = true
	for producer := range h.producers {
		producer.unsubscribe(h)
	}
	for _, to := range h.Subscribers() {
		h.unsubscribe(to)
	}
}

// Subscribers are the hosts that get the host's outputs.
func (h *Host) Subscribers() []*Host {
	if list := h.subscribers.Load(); list != nil {
		return *list
	}
	return nil
}
