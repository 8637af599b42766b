package driver

import (
	"context"
	"time"

	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// tidy is what a driver remembers in order to purge what is processed.
type tidy struct {
	claim  uint64 // sequence of this node's claim: what is before it, it doesn't know
	events int    // that were committed since the last time
	last   time.Time
	inbox  uint64 // what was purged from the inbox
	// bound is what the log could have been purged below the time before. Only what was there for
	// that long is purged, so that a subscription that was made meanwhile is seen.
	bound  uint64
	purged uint64            // below this, the log was purged
	large  []place           // records with outputs in pieces, ascending
	timer  *time.Timer       // wakes the driver; nil: none will
	left   map[uint64]uint64 // by instance of a node that has ended: the last message of the inbox then, or later
}

type place struct{ record, first uint64 }

// noted takes note of a record.
func (t *tidy) noted(sequence uint64, r *wire.Record) {
	if r.Outputs.Form == wire.Pieces {
		t.large = append(t.large, place{sequence, r.Outputs.First})
	}
}

// tidyUp purges what was processed, every now and then. It is called when nothing else is to be done,
// and after commits.
func (d *Driver) tidyUp(now time.Time) {
	t := &d.tidy
	if t.last.IsZero() && !d.inherit(now) {
		return // once more the next time
	}
	every, hurries := d.set.options.Purge, d.hurries.Load()
	if hurries {
		every = min(every, hurried)
	}
	if hurries || now.Sub(t.last) >= every {
		t.stop() // it has fired, or would be late
	}
	inbox := d.sources[0].sure
	below := inbox.Sequence
	if inbox.Index == wire.Whole {
		below++
	}
	if below <= 1 {
		below = 0
	}
	if below == t.inbox && d.keep() <= t.purged && d.set.rooms.all(d.id) == nil {
		d.hurries.Store(false)
		return
	}
	if t.events < d.set.options.PurgeEvents && now.Sub(t.last) < every {
		d.comeBack(now, every)
		return
	}
	d.hurries.Store(false)
	d.purge(now, below, inbox)
	if d.keep() > t.purged || d.set.rooms.all(d.id) != nil { // not all could be purged yet
		d.comeBack(now, d.set.options.Purge)
	}
}

// tidyBefore purges what is due before the daemon is given up.
func (d *Driver) tidyBefore() {
	d.tidyUp(time.Now())
	d.tidy.stop()
}

// comeBack makes sure that an idle driver looks again, so long after the last purge.
func (d *Driver) comeBack(now time.Time, every time.Duration) {
	if t := &d.tidy; t.timer == nil {
		t.timer = time.AfterFunc(every-now.Sub(t.last), d.wake)
	}
}

// stop ends the timer, which else keeps all that the driver has until it fires.
func (t *tidy) stop() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
}

// purge purges below a message of the inbox, and in the log what nobody needs.
func (d *Driver) purge(now time.Time, below uint64, inbox wire.Position) {
	t := &d.tidy
	t.stop()
	t.last, t.events = now, 0
	names, server := d.set.options.Names, d.set.options.Server
	ctx, cancel := d.set.request()
	defer cancel()
	if below > t.inbox {
		if err := server.Purge(ctx, names.StreamOf(d.id), names.In(d.id), below); err != nil {
			d.log(logs.Debug, "purging what was processed: %v", err)
			return
		}
		t.inbox = below
	}
	d.tellRead()
	d.giveBackRooms(ctx, inbox)
	bound := t.bound
	t.bound = d.keep()
	if bound <= t.purged || bound <= 1 {
		return
	}
	if bound, ok := d.unread(ctx, bound); ok {
		d.purgeLog(ctx, bound)
	}
}

// unread is the first record of the log, up to the bound, that a subscriber has not read; false: it isn't known. The
// servers look through all subscriptions for it, so they aren't asked about a daemon that has never emitted anything.
func (d *Driver) unread(ctx context.Context, bound uint64) (uint64, bool) {
	if d.out == 0 {
		return bound, true
	}
	names, server := d.set.options.Names, d.set.options.Server
	readers, err := server.LastOf(ctx, names.MetaStream(), names.SubscriptionsTo(d.id))
	if err != nil && !none(err) {
		d.log(logs.Debug, "who reads the outputs: %v", err)
		return 0, false
	}
	for _, m := range readers {
		_, _, sub, ok := d.set.parse(m)
		switch {
		case !ok:
			return 0, false // nothing is purged that somebody may want
		case sub.Pending:
			return 0, false
		case !sub.Ended:
			bound = min(bound, max(sub.Read, sub.From)+1)
		}
	}
	return bound, true
}

func (d *Driver) purgeLog(ctx context.Context, bound uint64) {
	t, names := &d.tidy, d.set.options.Names
	if bound <= t.purged || bound <= 1 {
		return
	}
	if err := d.set.options.Server.Purge(ctx, names.StreamOf(d.id), names.Log(d.id), bound); err != nil {
		d.log(logs.Debug, "purging records: %v", err)
		return
	}
	t.purged = bound
	d.purgePieces(bound)
}

// keep is the first message of the log that this daemon needs itself.
func (d *Driver) keep() uint64 {
	keep := d.last.sequence
	if d.last.state.Form == wire.At {
		keep = min(keep, d.last.state.First)
	}
	if d.unseen > 0 {
		keep = min(keep, d.unseen)
	}
	return keep
}

func (d *Driver) purgePieces(bound uint64) {
	t := &d.tidy
	if bound <= t.claim {
		return
	}
	names, server := d.set.options.Names, d.set.options.Server
	stream := names.StreamOf(d.id)
	ctx, cancel := d.set.request()
	defer cancel()
	for len(t.large) > 0 && t.large[0].record < bound {
		t.large = t.large[1:]
	}
	pieces := bound
	if len(t.large) > 0 {
		pieces = min(pieces, t.large[0].first)
	}
	state := bound
	if d.last.state.Form == wire.Pieces {
		state = min(state, d.last.state.First)
	}
	for _, p := range []struct {
		subject string
		below   uint64
	}{{names.Piece(d.id), pieces}, {names.State(d.id), state}} {
		if err := server.Purge(ctx, stream, p.subject, p.below); err != nil {
			d.log(logs.Debug, "purging pieces: %v", err)
		}
	}
}

// tellRead tells the producers how far this daemon has committed.
func (d *Driver) tellRead() {
	for _, s := range d.sources {
		read := s.sure.Sequence
		if s.sure.Index != wire.Whole && read > 0 {
			read--
		}
		if s.inbox || read <= s.told {
			continue
		}
		d.set.mu.Lock()
		sub, ok := d.set.table[d.id][s.id]
		d.set.mu.Unlock()
		if !ok || sub.Ended || sub.Pending || read < sub.From {
			continue
		}
		sub.Read = read
		ctx, cancel := d.set.request()
		_, err := store(ctx, d.set.options.Server, d.set.options.Names.Subscription(d.id, s.id), sub, link.Storing{Expect: &sub.sequence})
		cancel()
		if err == nil {
			s.told = read
		} // else it has changed, and what is read is told the next time
	}
}
