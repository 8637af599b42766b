package driver

import (
	"context"
	"time"

	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/dedup"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// ledgerLine is some envelopes that follow each other.
type ledgerLine struct {
	last  uint64 // counter of the last one
	bytes int64
}

// note puts an envelope into the ledger. Small ones share a line, so that the ledger stays short. It needs mu.
func (q *queue) note(counter uint64, bytes int64) {
	q.waiting += bytes
	if n := len(q.ledger); n > 0 && q.ledger[n-1].bytes+bytes <= EnvelopeBytes {
		q.ledger[n-1].last = max(q.ledger[n-1].last, counter)
		q.ledger[n-1].bytes += bytes
		return
	}
	q.ledger = append(q.ledger, ledgerLine{counter, bytes})
}

// askAgain is how long the poster waits before it asks again how much has been processed.
const askAgain = 100 * time.Millisecond

// fits reports whether the daemon may have so many more bytes that wait, as far as is known.
func (q *queue) fits(bytes int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting+bytes <= q.poster.most || q.waiting == 0
}

// ask reports whether it is time to ask how much has been processed.
func (q *queue) ask() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if now.Sub(q.asked) < askAgain {
		return false
	}
	q.asked = now
	return true
}

// room is fits after a look at what the daemon has committed.
func (q *queue) room(bytes int64, until time.Time) *fault.Error {
	if q.ask() {
		ctx, cancel := context.WithDeadline(context.Background(), until)
		defer cancel()
		m, err := q.poster.server.Last(ctx, q.poster.names.Log(q.id))
		if err != nil && !none(err) {
			return link.Fault(err, "the events were not stored")
		}
		q.processed(m)
	}
	if q.fits(bytes) {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return fault.New(fault.QueueFull, "%d bytes wait for daemon %#x, of at most %d: post the others later", q.waiting, q.id, q.poster.most)
}

// processed takes out of the ledger what the daemon has committed.
func (q *queue) processed(m link.Message) {
	r, err := wire.ReadRecord(m.Data)
	if err != nil {
		return
	}
	windows, err := dedup.Read(r.Posters, dedup.Limits{Origins: 1 << 20, Numbers: 1 << 20})
	if err != nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ledger) > 0 && windows.Seen(q.poster.self.Instance, q.ledger[0].last) {
		q.waiting -= q.ledger[0].bytes
		q.ledger = q.ledger[1:]
	}
}
