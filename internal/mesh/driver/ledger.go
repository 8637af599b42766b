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

// note puts the last envelope into the ledger. Small ones share a line, so that the ledger stays short.
func (q *queue) note(bytes int64) {
	q.waiting += bytes
	if n := len(q.ledger); n > 0 && q.ledger[n-1].bytes+bytes <= EnvelopeBytes {
		q.ledger[n-1].last = q.counter
		q.ledger[n-1].bytes += bytes
		return
	}
	q.ledger = append(q.ledger, ledgerLine{q.counter, bytes})
}

// askAgain is how long the poster waits before it asks again how much has been processed.
const askAgain = 100 * time.Millisecond

// room checks that the daemon may have so many more bytes that wait.
func (q *queue) room(bytes int64, until time.Time) *fault.Error {
	if q.waiting+bytes <= q.poster.most || q.waiting == 0 {
		return nil
	}
	if time.Since(q.asked) >= askAgain {
		ctx, cancel := context.WithDeadline(context.Background(), until)
		defer cancel()
		f, err := readLast(ctx, q.poster.server, q.poster.names, q.id)
		if err != nil {
			return link.Fault(err, "the events were not stored")
		}
		q.asked = time.Now()
		q.processed(&f.record)
	}
	if q.waiting+bytes <= q.poster.most || q.waiting == 0 {
		return nil
	}
	return fault.New(fault.QueueFull, "%d bytes wait for daemon %#x, of at most %d: post the others later", q.waiting, q.id, q.poster.most)
}

// processed takes out of the ledger what the daemon has committed.
func (q *queue) processed(r *wire.Record) {
	windows, err := dedup.Read(r.Posters, dedup.Limits{Origins: 1 << 20, Numbers: 1 << 20})
	if err != nil {
		return
	}
	for len(q.ledger) > 0 && windows.Seen(q.poster.self.Instance, q.ledger[0].last) {
		q.waiting -= q.ledger[0].bytes
		q.ledger = q.ledger[1:]
	}
}
