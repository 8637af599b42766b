package driver

import (
	"slices"

	"netmeshos/internal/mesh/ownership"
)

// Look has a standby look again who owns the daemon: what it has heard may have come while it looked.
func (d *Driver) Look() { d.input((*ownership.Machine).Lost) }

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
