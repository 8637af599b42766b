package driver

import (
	"errors"
	"maps"

	"github.com/goccy/go-json"

	"netmeshos/internal/clock"
	"netmeshos/internal/mesh/link"
)

// Restore stores all subscriptions and stops that are known here once more, where the stream that had them was deleted. It
// doesn't wait for that.
func (s *Set) Restore() {
	s.mu.Lock()
	lost := table{}
	for subscriber, of := range s.table {
		lost[subscriber] = maps.Clone(of)
	}
	s.mu.Unlock()
	stopped := s.stops.known()
	if !s.begins() {
		return
	}
	go func() { // ends when they are stored, or with the set
		defer s.running.Done()
		for _, id := range stopped {
			for !s.restore(s.options.Names.Stop(id), stop{Version: 1, Stopped: true}) && clock.Sleep(s.closing, tryAgain) {
				continue
			}
		}
		for subscriber, of := range lost {
			for producer, sub := range of {
				for !sub.Ended && !s.restore(s.options.Names.Subscription(subscriber, producer), sub) && clock.Sleep(s.closing, tryAgain) {
					continue
				}
			}
		}
	}()
}

// restore stores a record unless another node has; false: the servers can't be reached.
func (s *Set) restore(subject string, record any) bool {
	data, err := json.Marshal(record)
	if err != nil {
		return true // it never will be
	}
	ctx, cancel := s.request()
	defer cancel()
	_, err = s.options.Server.Store(ctx, subject, data, link.Storing{Expect: link.Expect(0)})
	return err == nil || errors.Is(err, link.ErrConflict)
}
