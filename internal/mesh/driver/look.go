package driver

import "slices"

// Subscribers returns who gets a daemon's outputs, ascending.
func (s *Set) Subscribers(producer uint64) (ids []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for subscriber, of := range s.table {
		if sub, known := of[producer]; known && !sub.Ended {
			ids = append(ids, subscriber)
		}
	}
	slices.Sort(ids)
	return ids
}
