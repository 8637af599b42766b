package driver

import (
	"errors"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

// look finds out who owns the daemon.
func (d *Driver) look() bool {
	f, err := d.find()
	if err != nil {
		if errors.Is(err, wire.ErrVersion) {
			d.log(logs.Error, "this node can't run daemon %q: %v", d.daemon.Name(), err)
			d.pause(d.set.options.Timeout)
		}
		d.log(logs.Debug, "looking for the owner: %v", err)
		d.input((*ownership.Machine).Failed)
		return d.pause(tryAgain)
	}
	d.mu.Lock()
	d.base = f.at
	d.mu.Unlock()
	d.input(func(m *ownership.Machine) { m.Found(f.holder()) })
	if node := f.holder().Node; node != 0 && node != d.set.options.Self.Node {
		d.Settle()
	}
	return true
}

// claim takes the daemon: reads everything, then stores a claim on the condition that nothing has come
// in between. The daemon gets its state before the first event.
func (d *Driver) claim() bool {
	failed := func(err error) bool {
		d.log(logs.Warn, "daemon %q can't be claimed now: %v", d.daemon.Name(), err)
		d.input((*ownership.Machine).Failed)
		return d.pause(tryAgain)
	}
	f, err := d.find()
	if err != nil {
		return failed(err)
	}
	d.mu.Lock()
	known := d.machine.Owner()
	d.mu.Unlock()
	if f.holder() != known {
		d.input(func(m *ownership.Machine) { m.Refused() })
		return true
	}
	if f.there {
		if err := d.set.ReadStop(d.id); err != nil {
			return failed(err)
		}
	}
	if err := d.adopt(&f); err != nil {
		return failed(err)
	}
	inbox := newSource(d.set.options.Names, d.id, true, f.record.Inbox)
	d.mu.Lock()
	d.sources = append([]*source{inbox}, d.sources...)
	d.changed = true
	d.mu.Unlock()
	if err := d.set.following.Add(d.set.options.Names.In(d.id)); err != nil {
		d.unfollow()
		return failed(err)
	}
	claim := d.successor(&f, wire.Claim)
	switch verdict, sequence := d.write(&claim, nil, false, event.Batch{}); verdict {
	case ownership.Stored:
		d.claimed(sequence, &claim, &f)
		d.input(func(m *ownership.Machine) { m.Claimed() })
		if f.there { // a new one has nothing that it could go on from
			d.log(logs.Info, "this node runs daemon %q from its commit %d on", d.daemon.Name(), f.at)
		}
	case ownership.Passed:
		d.unfollow()
		d.input(func(m *ownership.Machine) { m.Refused() })
	case ownership.Again: // the set was closed
	}
	return true
}

// successor makes a record in which nothing is new.
func (d *Driver) successor(f *found, kind wire.Kind) wire.Record {
	r := f.record
	r.ID, r.Kind, r.First, r.Answers, r.Outputs = d.newID(), kind, r.Out+1, nil, wire.Place{}
	r.State = following(r.State, f.at)
	r.Unseen = unseen(f)
	return r
}

// claimed takes note of a claim.
func (d *Driver) claimed(sequence uint64, r *wire.Record, f *found) {
	d.last.sequence = sequence
	d.last.state = following(r.State, sequence)
	if r.State.Form == wire.Inline {
		d.last.stateAt = sequence
	}
	d.tidy.stop()
	d.tidy = tidy{claim: sequence}
	if !f.there {
		d.tidy.last = time.Now()
	}
	d.lag, d.claimedOut = lag{}, r.Out
	d.stale = true
	d.failing = failure{}
	d.mu.Lock()
	d.base, d.shown, d.freed = sequence, f.record.Inbox, false
	d.mu.Unlock()
}

// release commits what was processed and gives the daemon up.
func (d *Driver) release() bool {
	if !d.leavesAlone() {
		d.divert(false) // what is in the inbox is processed before the state is taken
	}
	if d.set.options.Direct && d.daemon.HasSnapshot() {
		d.open.passed, d.last.summed = true, false
	}
	for !d.stale && d.open.dirty() && d.set.closing.Err() == nil && !d.lost() {
		d.commit()
	}
	d.answerOpen(errUnknown)
	if d.set.closing.Err() != nil || d.lost() {
		return true
	}
	f, err := d.find()
	if err != nil {
		d.pause(tryAgain)
		d.mu.Lock()
		d.machine.ReleaseFailed()
		d.mu.Unlock()
		return true
	}
	if d.isGone(&f) && !d.stale {
		d.beginAnew()
		d.commit()
		d.mu.Lock()
		d.machine.ReleaseFailed()
		d.mu.Unlock()
		return true
	}
	if f.at != d.last.sequence {
		d.lose()
		return true
	}
	if d.tidyBefore(); d.lost() {
		return true
	}
	d.open, d.last.end = open{}, f.end
	r := d.successor(&f, wire.Release)
	r.Seen = max(r.Seen, min(d.seen, r.Out))
	if r.Seen == r.Out {
		r.Unseen = 0
	}
	switch verdict, sequence := d.write(&r, nil, false, event.Batch{}); verdict {
	case ownership.Stored:
		d.unfollow()
		if !d.leavesAlone() {
			d.divert(true) // of a daemon that is held
		}
		d.mu.Lock()
		d.base = sequence
		d.machine.Released()
		d.freed = true
		d.mu.Unlock()
		d.tellFree()
		d.log(logs.Info, "this node has handed daemon %q over", d.daemon.Name())
	case ownership.Passed:
		d.lose()
	case ownership.Again: // the set was closed
	}
	return true
}

// tellFree tells the other nodes that they may claim the daemon, if this one has handed it over. Who misses it
// looks when its turn comes.
func (d *Driver) tellFree() {
	d.mu.Lock()
	freed := d.freed
	d.mu.Unlock()
	if freed {
		_ = d.set.options.Server.Publish(release(d.set.options.Names, d.id), nil)
	}
}

// unfollow ends reading.
func (d *Driver) unfollow() {
	d.tidy.stop()
	d.mu.Lock()
	sources := d.sources
	d.sources = nil
	d.wait(-d.waiting)
	d.mu.Unlock()
	for _, s := range sources {
		d.stopReading(s)
	}
	d.answerOpen(errUnknown)
	d.open = open{}
}
