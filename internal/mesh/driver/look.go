package driver

import "slices"

// Subscribers returns who gets a daemon's outputs, ascending.
func (s *Set) Subscribers(producer uint64) (ids []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for subscriber := range s.takers[producer] {
		ids = append(ids, subscriber)
	}
	slices.Sort(ids)
	return ids
}
