package driver

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/goccy/go-json"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// subscription is the record of one, under Names.Subscription.
type subscription struct {
	Version int    `json:"v"`
	From    uint64 `json:"from"`              // sequence of the last record of the producer before it
	Read    uint64 `json:"read"`              // up to where the subscriber has committed; the producer keeps what comes after
	Pending bool   `json:"pending,omitempty"` // From is not known yet: nothing may be purged
	Ended   bool   `json:"ended,omitempty"`

	sequence uint64 // of this record
	known    uint64 // how far the subscriber is known to have committed, beyond Read
}

// table is all subscriptions of the mesh: by subscriber, then producer.
type table map[uint64]map[uint64]subscription

// endedFor is how long the end of a subscription stays known.
const endedFor = time.Hour

func (s *Set) parse(m link.Message) (subscriber, producer uint64, sub subscription, ok bool) {
	kind, words, ok := s.options.Names.ParseMeta(m.Subject)
	if !ok || kind != "sub" || !link.ParseIDs(words, &subscriber, &producer) {
		return 0, 0, sub, false
	}
	if m.Marker != "" {
		return subscriber, producer, subscription{Ended: true, sequence: m.Sequence}, true
	}
	if err := json.Unmarshal(m.Data, &sub); err != nil || sub.Version != 1 {
		if err == nil {
			err = otherVersion(sub.Version)
		}
		s.foreigners.Note(subscriber, m.Subject, m.Sequence, err)
		return 0, 0, sub, false
	}
	sub.sequence = m.Sequence
	return subscriber, producer, sub, true
}

// readTable reads all subscriptions, and who has stored much.
func (s *Set) readTable() error {
	ctx, cancel := s.request()
	defer cancel()
	messages, err := s.options.Server.LastOf(ctx, s.options.Names.MetaStream(), s.options.Names.Subscriptions())
	if err != nil && !errors.Is(err, link.ErrNone) {
		return err
	}
	for _, m := range messages {
		s.seeSubscription(m)
	}
	return s.rooms.read(ctx, s.options.Server, 0)
}

func (s *Set) seeSubscription(m link.Message) {
	subscriber, producer, sub, ok := s.parse(m)
	if !ok {
		s.repairSubscription(m)
		return
	}
	s.noteSubscription(subscriber, producer, sub)
}

// noteSubscription takes note of a record, unless a later one is known.
func (s *Set) noteSubscription(subscriber, producer uint64, sub subscription) {
	s.mu.Lock()
	if s.table == nil {
		s.table = table{}
	}
	of := s.table[subscriber]
	if of == nil {
		of = map[uint64]subscription{}
		s.table[subscriber] = of
	}
	old := of[producer]
	if old.sequence >= sub.sequence {
		s.mu.Unlock()
		return
	}
	sub.known = old.known
	of[producer] = sub
	s.takes(producer, subscriber, !sub.Ended)
	driver := s.drivers[subscriber]
	s.mu.Unlock()
	if driver != nil && (old.sequence == 0 || old.Ended != sub.Ended || old.Pending != sub.Pending || old.From != sub.From) {
		driver.mu.Lock()
		driver.changed = true
		driver.wakeLocked()
		driver.mu.Unlock()
	}
}

// applySubscriptions begins and ends to read producers.
func (d *Driver) applySubscriptions() error {
	d.mu.Lock()
	changed := d.changed
	d.changed = false
	d.mu.Unlock()
	if !changed {
		return nil
	}
	wanted := map[uint64]subscription{}
	d.set.mu.Lock()
	for producer, sub := range d.set.table[d.id] {
		if !sub.Ended && !sub.Pending {
			wanted[producer] = sub
		}
	}
	d.set.mu.Unlock()
	var gone []*source
	d.mu.Lock()
	kept := d.sources[:0:0]
	for _, s := range d.sources {
		sub, ok := wanted[s.id]
		switch {
		case s.inbox:
			kept = append(kept, s)
		case ok && s.done.Sequence >= sub.From:
			delete(wanted, s.id)
			kept = append(kept, s)
		default:
			gone = append(gone, s)
		}
	}
	d.sources = kept
	d.mu.Unlock()
	for _, s := range gone {
		d.stopReading(s)
	}
	for producer, sub := range wanted {
		at := wire.Position{Producer: producer, Sequence: sub.From, Index: wire.Whole}
		for _, p := range d.known {
			if p.Producer == producer && p.Sequence > sub.From {
				at = p
			}
		}
		s := newSource(d.set.options.Names, producer, false, at)
		s.told = sub.Read
		if err := d.startReading(s); err != nil {
			d.mu.Lock()
			d.changed = true
			d.mu.Unlock()
			return err
		}
	}
	return nil
}

func (d *Driver) startReading(s *source) error {
	set := d.set
	set.mu.Lock()
	if set.readers[s.id] == nil {
		set.readers[s.id] = map[*Driver]struct{}{}
	}
	set.readers[s.id][d] = struct{}{}
	set.mu.Unlock()
	d.mu.Lock()
	d.sources = append(d.sources, s)
	d.mu.Unlock()
	if err := set.following.Add(s.subject); err != nil {
		d.mu.Lock()
		d.sources = d.sources[:len(d.sources)-1]
		d.mu.Unlock()
		d.stopReading(s)
		return err
	}
	return nil
}

func (d *Driver) stopReading(s *source) {
	set := d.set
	set.mu.Lock()
	if !s.inbox {
		delete(set.readers[s.id], d)
		if len(set.readers[s.id]) > 0 {
			set.mu.Unlock()
			return
		}
		delete(set.readers, s.id)
	}
	set.mu.Unlock()
	_ = set.following.Remove(s.subject) // fails only where the link is closed
}

// Subscribe makes a daemon get another's outputs, of all events that are posted after the return.
func (s *Set) Subscribe(ctx context.Context, producer, subscriber uint64) *fault.Error {
	server, subject := s.options.Server, s.options.Names.Subscription(subscriber, producer)
	for {
		sub, err := s.present(ctx, subject)
		if s.waits(ctx, err) {
			continue
		}
		if err != nil {
			return link.Fault(err, "the subscription was not made")
		}
		if sub.sequence > 0 && !sub.Ended && !sub.Pending {
			return nil
		}
		// First that there will be one, so that the producer purges nothing that it gets.
		sequence, err := store(ctx, server, subject, subscription{Version: 1, Pending: true}, link.Storing{Expect: &sub.sequence})
		if err == nil {
			var last link.Message
			if last, err = server.Last(ctx, s.options.Names.Log(producer)); err == nil || none(err) {
				sub = subscription{Version: 1, From: last.Sequence, Read: last.Sequence}
				sub.sequence, err = store(ctx, server, subject, sub, link.Storing{Expect: &sequence})
			}
		}
		if err == nil {
			s.noteSubscription(subscriber, producer, sub) // calls of this node that follow count on it
			return nil
		}
		if s.waits(ctx, err) {
			continue
		}
		if !errors.Is(err, link.ErrConflict) && !errors.Is(err, link.ErrDoubt) || ctx.Err() != nil {
			return link.Fault(err, "the subscription was not made")
		}
	}
}

// Unsubscribe ends that. Outputs that are committed already may still come. Errors: not_found (there is no
// subscription), and those of link.Fault.
func (s *Set) Unsubscribe(ctx context.Context, producer, subscriber uint64) *fault.Error {
	server, subject := s.options.Server, s.options.Names.Subscription(subscriber, producer)
	for doubt := false; ; {
		sub, err := s.present(ctx, subject)
		if s.waits(ctx, err) {
			continue
		}
		if err != nil {
			return link.Fault(err, "the subscription was not ended")
		}
		if sub.sequence == 0 || sub.Ended {
			if doubt { // it is this call that has ended it
				return nil
			}
			return fault.New(fault.NotFound, "daemon %#x is not subscribed to %#x", subscriber, producer)
		}
		before := sub.sequence
		sub = subscription{Version: 1, Ended: true}
		sub.sequence, err = store(ctx, server, subject, sub, link.Storing{Expect: &before, TTL: endedFor})
		if err == nil {
			s.noteSubscription(subscriber, producer, sub)
			return nil
		}
		if s.waits(ctx, err) {
			continue
		}
		if !errors.Is(err, link.ErrConflict) && !errors.Is(err, link.ErrDoubt) || ctx.Err() != nil {
			return link.Fault(err, "the subscription was not ended")
		}
		doubt = doubt || errors.Is(err, link.ErrDoubt)
	}
}

// waits reports whether a request is worth a repetition: nothing was done as the servers were away, and they are back
// within the time.
func (s *Set) waits(ctx context.Context, err error) bool {
	return errors.Is(err, link.ErrDown) && s.options.Server.Wait(ctx) == nil && clock.Sleep(ctx, tryAgain)
}

// present reads the record of a subscription; sequence 0: there is none.
func (s *Set) present(ctx context.Context, subject string) (subscription, error) {
	m, err := s.options.Server.Last(ctx, subject)
	if none(err) {
		return subscription{}, nil
	}
	if err != nil {
		return subscription{}, err
	}
	_, _, sub, _ := s.parse(m)
	if sub.Ended = sub.Ended || len(bytes.TrimSpace(m.Data)) == 0; sub.sequence == 0 {
		sub = subscription{Ended: true, sequence: m.Sequence}
	}
	return sub, nil
}

func store(ctx context.Context, server Server, subject string, sub subscription, how link.Storing) (uint64, error) {
	data, err := json.Marshal(sub)
	if err != nil {
		return 0, err
	}
	return server.Store(ctx, subject, data, how)
}
