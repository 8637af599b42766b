package host

import (
	"sync"
	"time"
)

const activeShards = 16

// Active is the hosts that hold their token, so that looking for callbacks
// that run too long touches none of the others. Hosts are linked to one another
// in lists, which costs no allocation; there are several so that threads rarely
// meet at one lock.
type Active struct {
	shards [activeShards]struct {
		mu   sync.Mutex
		head *Host
		_    [40]byte // a cache line each
	}
}

// activeLink is a host's place in its list.
type activeLink struct {
	next, prev *Host
}

func (a *Active) enter(h *Host) {
	s := &a.shards[h.id%activeShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	h.link = activeLink{next: s.head}
	if s.head != nil {
		s.head.link.prev = h
	}
	s.head = h
}

func (a *Active) leave(h *Host) {
	s := &a.shards[h.id%activeShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.link.prev != nil {
		h.link.prev.link.next = h.link.next
	} else {
		s.head = h.link.next
	}
	if h.link.next != nil {
		h.link.next.link.prev = h.link.prev
	}
	h.link = activeLink{}
}

// Overdue calls late for each host whose callback has run for limit or more
// and that has not been named so for this callback before.
func (a *Active) Overdue(now time.Time, limit time.Duration, late func(h *Host, running time.Duration)) {
	type found struct {
		host    *Host
		running time.Duration
	}
	var all []found
	for i := range a.shards {
		s := &a.shards[i]
		s.mu.Lock()
		for h := s.head; h != nil; h = h.link.next {
			if running, is := h.turnOverdue(now, limit); is {
				all = append(all, found{h, running})
			}
		}
		s.mu.Unlock()
	}
	for _, f := range all {
		late(f.host, f.running)
	}
}
