package driver

import (
	"errors"
	"maps"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/link"
)

// Restore stores all subscriptions that are known here once more, where the stream that had them was deleted. It
// doesn't wait for that.
func (s *Set) Restore() {
	s.mu.Lock()
	lost := table{}
	for subscriber, of := range s.table {
		lost[subscriber] = maps.Clone(of)
	}
	s.mu.Unlock()
	if !s.begins() {
		return
	}
	go func() { // ends when they are stored, or with the set
		defer s.running.Done()
		for subscriber, of := range lost {
			for producer, sub := range of {
				for !sub.Ended && !s.restore(s.options.Names.Subscription(subscriber, producer), sub) && clock.Sleep(s.closing, tryAgain) {
					continue
				}
			}
		}
	}()
}

// restore stores a subscription unless another node has; false: the servers can't be reached.
func (s *Set) restore(subject string, sub subscription) bool {
	ctx, cancel := s.request()
	defer cancel()
	_, err := store(ctx, s.options.Server, subject, sub, link.Storing{Expect: link.Expect(0)})
	return err == nil || errors.Is(err, link.ErrConflict)
}
