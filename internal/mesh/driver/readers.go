package driver

import "math"

// slowest returns which subscriber of a daemon is known to have processed least of its outputs, and up to which record;
// 0: there is none.
func (s *Set) slowest(producer uint64) (read, who uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read = math.MaxUint64
	for subscriber := range s.takers[producer] {
		sub := s.table[subscriber][producer]
		if sub.Pending {
			continue
		}
		if at := max(sub.Read, sub.From, sub.known); at < read {
			read, who = at, subscriber
		}
	}
	return read, who
}

// hasRead notes how far a subscriber is, and reports whether that is news.
func (s *Set) hasRead(subscriber, producer, record uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, there := s.table[subscriber][producer]
	if !there || record <= max(sub.Read, sub.From, sub.known) {
		return false
	}
	sub.known = record
	s.table[subscriber][producer] = sub
	return true
}

// takes notes whether a daemon has subscribed to another. It needs mu.
func (s *Set) takes(producer, subscriber uint64, does bool) {
	of := s.takers[producer]
	switch {
	case !does:
		if delete(of, subscriber); len(of) == 0 {
			delete(s.takers, producer)
		}
	case of == nil:
		s.takers[producer] = map[uint64]struct{}{subscriber: {}}
	default:
		of[subscriber] = struct{}{}
	}
}

// leadsTo reports whether a daemon's outputs reach another, through however many: itself, its subscribers, theirs …
func (s *Set) leadsTo(from, to uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	reached := map[uint64]struct{}{from: {}}
	for next := []uint64{from}; len(next) > 0; next = next[1:] {
		if next[0] == to {
			return true
		}
		for subscriber := range s.takers[next[0]] {
			if _, there := reached[subscriber]; !there {
				reached[subscriber] = struct{}{}
				next = append(next, subscriber)
			}
		}
	}
	return false
}
