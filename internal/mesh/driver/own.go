package driver

import (
	"netmeshos/internal/event"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

// found is the last record of a log, and the sequence of the last message there, which is another
// one if somebody has put in what isn't the mesh's.
type found struct {
	there    bool
	record   wire.Record
	at       uint64 // sequence of the record
	sequence uint64 // of the last message
}

func (f *found) holder() ownership.Holder {
	if !f.there || f.record.Kind == wire.Release {
		return ownership.Holder{}
	}
	return ownership.Holder{Node: f.record.ID.Node, Instance: f.record.ID.Instance}
}

// find reads the last record.
func (d *Driver) find() (found, error) {
	ctx, cancel := d.set.request()
	defer cancel()
	server, subject, stream := d.set.options.Server, d.set.options.Names.Log(d.id), d.set.options.Names.StreamOf(d.id)
	m, err := server.Last(ctx, subject)
	if none(err) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	f := found{there: true, at: m.Sequence, sequence: m.Sequence}
	if f.record, err = wire.ReadRecord(m.Data); err == nil {
		return f, nil
	}
	d.foreign(m, err)
	f.there = false
	for from := uint64(1); from <= f.sequence; { // the last one that is a record
		messages, err := server.Read(ctx, stream, []string{subject}, from, readAtOnce)
		if err != nil || len(messages) == 0 {
			return f, err
		}
		for _, m := range messages {
			from = m.Sequence + 1
			if r, err := wire.ReadRecord(m.Data); err == nil && m.Sequence <= f.sequence {
				f.record, f.at, f.there = r, m.Sequence, true
			}
		}
	}
	return f, nil
}

// look finds out who owns the daemon.
func (d *Driver) look() bool {
	f, err := d.find()
	if err != nil {
		d.log(logs.Debug, "looking for the owner: %v", err)
		d.input((*ownership.Machine).Failed)
		return d.pause(tryAgain)
	}
	d.input(func(m *ownership.Machine) { m.Found(f.holder()) })
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
	d.tidy = tidy{claim: sequence}
	d.lag, d.claimedOut = lag{}, r.Out
	d.stale = true
	d.failing = failure{}
	d.mu.Lock()
	d.base, d.shown = sequence, f.record.Inbox
	d.mu.Unlock()
}

// release commits what was processed and gives the daemon up.
func (d *Driver) release() bool {
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
	if f.sequence != d.last.sequence {
		d.lose()
		return true
	}
	d.open = open{}
	r := d.successor(&f, wire.Release)
	r.Seen = max(r.Seen, min(d.seen, r.Out))
	if r.Seen == r.Out {
		r.Unseen = 0
	}
	switch verdict, sequence := d.write(&r, nil, false, event.Batch{}); verdict {
	case ownership.Stored:
		d.unfollow()
		d.mu.Lock()
		d.base = sequence
		d.machine.Released()
		d.mu.Unlock()
		_ = d.set.options.Server.Publish(release(d.set.options.Names, d.id), nil) // who misses it sees the lease end
		d.log(logs.Info, "this node has handed daemon %q over", d.daemon.Name())
	case ownership.Passed:
		d.lose()
	case ownership.Again: // the set was closed
	}
	return true
}

// unfollow ends reading.
func (d *Driver) unfollow() {
	d.mu.Lock()
	sources := d.sources
	d.sources = nil
	d.mu.Unlock()
	for _, s := range sources {
		d.stopReading(s)
	}
	d.answerOpen(errUnknown)
	d.open = open{}
}
