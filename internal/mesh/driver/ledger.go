package driver

import (
	"context"
	"errors"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/dedup"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// ledgerLine is some envelopes that follow each other.
type ledgerLine struct {
	last  uint64 // the highest counter of them
	noted uint64 // number of the one that was noted last
	bytes int64
}

// ledger is what one node has stored for a daemon and doesn't know to be processed, and how much that may be. The queue's mu
// guards it.
//
// All nodes share waiting_max_bytes of a daemon. Each may have a little waiting without a word: its allowance. Who
// needs more stores a room for itself on the servers and reads those of the others, in this order, so that of two that
// do so at once one sees the other. That goes step by step, ahead of what is needed, and not on the way of a post.
type ledger struct {
	lines   []ledgerLine // in the order in which they were noted
	noted   uint64       // how many envelopes have been noted
	waiting int64        // bytes of them
	room    int64        // that is stored for this node
	keeping bool         // a goroutine looks after it
	wanted  int64        // bytes that found no room
	refused time.Time    // when that was
}

// How long the poster waits before it asks again how much has been processed: where posts are refused, and at most where
// all find room.
const (
	askAgain  = 100 * time.Millisecond
	askSeldom = time.Second
)

// note puts an envelope into the ledger of which it is known what became of it. Small ones share a line, so that the
// ledger stays short. It needs mu.
func (q *queue) note(counter uint64, bytes int64) {
	l := &q.ledger
	l.waiting += bytes
	l.noted++
	if n := len(l.lines); n > 0 && l.lines[n-1].bytes+bytes <= EnvelopeBytes {
		line := &l.lines[n-1]
		line.last, line.noted, line.bytes = max(line.last, counter), l.noted, line.bytes+bytes
	} else {
		l.lines = append(l.lines, ledgerLine{counter, l.noted, bytes})
	}
	q.lookAfter()
}

// lookAfter begins to keep the ledger if much waits. It needs mu.
func (q *queue) lookAfter() {
	l := &q.ledger
	if (l.room > 0 || l.waiting > q.allowed()/2) && !l.keeping && q.poster.begins() {
		l.keeping = true
		go q.keep() // ends when little waits, or with the poster
	}
}

// allowed is how much may wait. It needs mu.
func (q *queue) allowed() int64 {
	if q.poster.rooms == nil {
		return q.poster.most
	}
	return max(q.ledger.room, q.poster.allowance())
}

// fits reports whether so many more bytes may wait, as far as is known.
func (q *queue) fits(bytes int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.holds(bytes)
}

// holds is fits for who has mu.
func (q *queue) holds(bytes int64) bool {
	p := q.poster
	if p.rooms == nil {
		return q.ledger.waiting+bytes <= p.most || q.ledger.waiting == 0
	}
	others, _ := p.rooms.others(q.id, p.self.Instance)
	if q.ledger.waiting == 0 && others == 0 {
		return true // one may be longer than all that may wait
	}
	return q.ledger.waiting+bytes <= q.allowed() && q.ledger.waiting+others < p.most
}

// room makes room for so many more bytes, or says that there is none.
func (q *queue) room(bytes int64, until time.Time) *fault.Error {
	q.mu.Lock()
	again := time.Since(q.ledger.refused) >= askAgain
	q.mu.Unlock()
	if again {
		ctx, cancel := context.WithDeadline(q.poster.closing, until)
		err := q.adjust(ctx, bytes)
		cancel()
		if errors.Is(err, link.ErrDoubt) { // about the room; the events are not stored for certain
			err = &link.Error{Class: link.ErrDown, Detail: err.Error()}
		}
		if err != nil {
			return link.Fault(err, "the events were not stored")
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lookAfter()
	if q.holds(bytes) {
		q.ledger.wanted = 0
		return nil
	}
	q.ledger.wanted, q.ledger.refused = bytes, time.Now()
	return fault.New(fault.QueueFull, "%d bytes of this node wait for daemon %#x, of at most %d of all nodes: post the others later", q.ledger.waiting, q.id, q.poster.most)
}

// keep looks after the ledger as long as much waits, so that a post needn't.
func (q *queue) keep() {
	defer q.poster.running.Done()
	for pause := askAgain; ; pause = min(2*pause, askSeldom) {
		ctx, cancel := context.WithTimeout(q.poster.closing, keepLimit)
		_ = q.adjust(ctx, 0) // it tries again
		cancel()
		q.mu.Lock()
		if q.poster.closing.Err() != nil || q.ledger.room == 0 && q.ledger.waiting <= q.allowed()/2 {
			q.ledger.keeping = false
			q.mu.Unlock()
			return
		}
		if time.Since(q.ledger.refused) < stillWanted {
			pause = askAgain
		}
		q.mu.Unlock()
		clock.Sleep(q.poster.closing, pause)
	}
}

// stillWanted is for how long it counts that there was no room for a post.
const stillWanted = time.Second

// keepLimit is how long one look at the ledger takes at most.
const keepLimit = 5 * time.Second

// adjust finds out what has been processed, and sees to room for what waits and so many bytes more.
func (q *queue) adjust(ctx context.Context, bytes int64) error {
	q.adjusting.Lock()
	defer q.adjusting.Unlock()
	if err := q.look(ctx); err != nil {
		return err
	}
	p := q.poster
	if p.rooms == nil {
		return nil
	}
	q.mu.Lock()
	waiting, have := q.ledger.waiting, q.ledger.room
	if bytes == 0 && time.Since(q.ledger.refused) < stillWanted {
		bytes = q.ledger.wanted
	}
	q.mu.Unlock()
	if want := p.roomFor(q.id, waiting, bytes, have); want != have || have > 0 && !p.rooms.has(q.id, p.self.Instance) {
		if err := q.take(ctx, want); err != nil {
			return err
		}
	} else if bytes == 0 && !p.alone {
		return nil
	}
	if err := p.rooms.read(ctx, p.server, q.id); err != nil {
		return err
	}
	q.mu.Lock()
	have = q.ledger.room
	q.mu.Unlock()
	if most := p.mostFor(q.id); have > most { // another has been faster
		return q.take(ctx, max(most, waiting))
	}
	return nil
}

// take stores a room of this size.
func (q *queue) take(ctx context.Context, size int64) error {
	p := q.poster
	_, err := storeRoom(ctx, p.server, p.names.Room(q.id, p.self.Instance), room{Node: link.Hex(p.self.Node), Bytes: size}, nil)
	if err != nil {
		return err
	}
	q.mu.Lock()
	q.ledger.room = size
	q.mu.Unlock()
	return nil
}

// look takes out of the ledger what the daemon has committed.
func (q *queue) look(ctx context.Context) error {
	p := q.poster
	q.mu.Lock()
	noted, stored := q.ledger.noted, q.stored
	q.mu.Unlock()
	f, err := readLast(ctx, p.server, p.names, q.id)
	if err != nil {
		return err
	}
	if !f.there {
		// Nothing has been committed yet, or the daemon was forgotten, and all of it removed.
		if _, err = p.server.Last(ctx, p.names.In(q.id)); none(err) {
			q.drop(func(line *ledgerLine) bool { return line.noted <= noted })
			return nil
		}
		return err
	}
	r := &f.record
	if r.Inbox.Sequence > stored || r.Inbox.Sequence == stored && r.Inbox.Index == wire.Whole {
		q.drop(func(line *ledgerLine) bool { return line.noted <= noted })
		return nil
	}
	windows, err := dedup.Read(r.Posters, dedup.Limits{Origins: 1 << 20, Numbers: 1 << 20})
	if err != nil {
		return nil //nolint:nilerr // it isn't the mesh's: the owner passes it over
	}
	q.drop(func(line *ledgerLine) bool { return windows.Seen(p.self.Instance, line.last) })
	return nil
}

// drop takes out all lines up to the last one that is processed. Envelopes are stored in order, but for the few that
// are on their way at a time; so those before one that is processed are too, unless they were never stored.
func (q *queue) drop(processed func(line *ledgerLine) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := &q.ledger
	n := len(l.lines)
	for n > 0 && !processed(&l.lines[n-1]) {
		n--
	}
	for _, line := range l.lines[:n] {
		l.waiting -= line.bytes
	}
	if l.lines = l.lines[n:]; len(l.lines) == 0 {
		l.lines = nil
	}
}
