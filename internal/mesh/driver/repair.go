package driver

import (
	"time"

	"github.com/goccy/go-json"

	"netmeshos/internal/mesh/link"
)

// repair stores again what this node knows to have been under a subject of the meta stream, where somebody has put
// something else in its place. All nodes try it, and the condition lets one.
func (s *Set) repair(m link.Message, known any, ttl time.Duration) {
	if isLaterRecord(m.Data) {
		return
	}
	data, err := json.Marshal(known)
	if err != nil {
		return
	}
	if !s.begins() {
		return
	}
	go func() { // ends with the request
		defer s.running.Done()
		ctx, cancel := s.request()
		defer cancel()
		_, _ = s.options.Server.Store(ctx, m.Subject, data, link.Storing{Expect: &m.Sequence, TTL: ttl})
	}()
}

// repairSubscription repairs one.
func (s *Set) repairSubscription(m link.Message) {
	var subscriber, producer uint64
	kind, words, ok := s.options.Names.ParseMeta(m.Subject)
	if !ok || kind != "sub" || !link.ParseIDs(words, &subscriber, &producer) {
		return
	}
	s.mu.Lock()
	known := s.table[subscriber][producer]
	s.mu.Unlock()
	if known.sequence == 0 || known.sequence >= m.Sequence {
		return
	}
	ttl := time.Duration(0)
	if known.Ended {
		ttl = endedFor
	}
	m.Subject = s.options.Names.Subscription(subscriber, producer)
	s.repair(m, known, ttl)
}

// repairStop repairs a record that says whether a daemon is stopped.
func (s *Set) repairStop(m link.Message, id uint64) {
	s.stops.mu.Lock()
	known := s.stops.all[id]
	s.stops.mu.Unlock()
	if !known.Stopped || known.sequence >= m.Sequence {
		return
	}
	known.Version = 1
	m.Subject = s.options.Names.Stop(id)
	s.repair(m, known, 0)
}
