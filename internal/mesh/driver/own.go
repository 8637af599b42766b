package driver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/dedup"
	"netmeshos/internal/mesh/link"
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

// adopt takes what a record says into memory. The positions of subscriptions wait in d.known.
func (d *Driver) adopt(f *found) error {
	limits := dedup.Limits{Origins: d.set.options.Origins, Numbers: d.set.options.Numbers}
	windows, err := dedup.Read(f.record.Origins, limits)
	if err != nil {
		return err
	}
	posters, err := dedup.Read(f.record.Posters, dedup.Limits{Origins: max(limits.Origins, 1000), Numbers: max(limits.Numbers, 1000)})
	if err != nil {
		return err
	}
	d.windows, d.posters = windows, posters
	d.out, d.seen, d.unseen = f.record.Out, f.record.Seen, unseen(f)
	if !f.there {
		d.out, d.seen, d.unseen = 0, 0, 0
	}
	answers := []answered{}
	if f.there && len(f.record.Answers) > 0 {
		block, err := d.fetch(d.set.options.Names.StreamOf(d.id), d.set.options.Names.Piece(d.id), f.record.Outputs)
		if err != nil {
			return err
		}
		var outputs wire.Outputs
		if block != nil {
			if outputs, err = wire.ReadOutputs(block, d.id, f.record.First); err != nil {
				return err
			}
		}
		for _, a := range f.record.Answers {
			from, most := a.First-f.record.First, uint64(outputs.Events.Len()) //nolint:gosec // not negative
			if a.Count == 0 {
				answers = append(answers, answered{origin: a.Origin, sequence: a.Sequence})
			} else if from <= most && uint64(a.Count) <= most-from {
				answers = append(answers, answered{a.Origin, a.Sequence, outputs.Events.Slice(int(from), int(from)+int(a.Count))}) //nolint:gosec // under most
			}
		}
	}
	d.open = open{}
	d.last = lastRecord{sequence: f.sequence, state: following(f.record.State, f.at), answers: answers}
	switch f.record.State.Form {
	case wire.Inline:
		d.last.stateAt = f.at
	case wire.At:
		d.last.stateAt = f.record.State.First
	case wire.None, wire.Pieces:
	}
	d.known = f.record.Producers
	return nil
}

// unseen returns the sequence of the first record with outputs that no output function has seen for
// certain.
func unseen(f *found) uint64 {
	switch {
	case !f.there || f.record.Seen >= f.record.Out:
		return 0
	case f.record.Unseen > 0:
		return f.record.Unseen
	}
	return f.at
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
	d.stale = true
	d.failing = failure{}
	d.mu.Lock()
	d.base, d.shown = sequence, f.record.Inbox
	d.mu.Unlock()
}

// reset gives the daemon the state of the last record. If something has been processed since, all of that is
// thrown away and read again.
func (d *Driver) reset() bool {
	f, err := d.find()
	if err != nil {
		d.log(logs.Debug, "reading the last commit: %v", err)
		return d.pause(tryAgain)
	}
	if f.sequence != d.last.sequence {
		d.lose()
		return true
	}
	var state []byte
	if f.there {
		if state, err = d.state(&f); err != nil {
			d.log(logs.Warn, "the state of daemon %q can't be read now: %v", d.daemon.Name(), err)
			return d.pause(tryAgain)
		}
	}
	delivers, age, answers := d.open.delivers, d.last.age, d.last.answers
	failing, stateAt := d.failing, d.last.stateAt
	if err := d.adopt(&f); err != nil {
		d.log(logs.Error, "the last commit of daemon %q can't be used: %v", d.daemon.Name(), err)
		return d.pause(tryAgain * 20)
	}
	d.failing, d.last.age, d.last.answers = failing, age, answers
	d.last.stateAt = max(stateAt, d.last.stateAt)
	resumes := d.resumes.Load()
	if err := d.daemon.Reset(state); err != nil {
		for _, q := range delivers {
			q.answer(Answer{Err: err})
		}
		d.log(logs.Error, "daemon %q does not take the state of its last commit: %v", d.daemon.Name(), err)
		d.block(err, resumes)
		return true
	}
	if state != nil {
		d.last.sum, d.last.summed = sha256.Sum256(state), true
	}
	d.stale = false
	d.mu.Lock()
	// As a new reader of everything. What had come by itself is read again where it is missing.
	for i, s := range d.sources {
		at := s.sure
		if s.inbox {
			at = f.record.Inbox
		}
		fresh := newSource(d.set.options.Names, s.id, s.inbox, at)
		fresh.told = s.told
		d.sources[i] = fresh
	}
	d.requests = append(slices.Clone(delivers), d.requests...)
	d.again = true
	d.mu.Unlock()
	return true
}

// held waits until the daemon can take its state: an input wakes the driver.
func (d *Driver) held(err *fault.Error) bool {
	d.answerAll(err)
	return d.idle()
}

// state reads the state of the last record; nil: there is none.
func (d *Driver) state(f *found) ([]byte, error) {
	names := d.set.options.Names
	stream, place := names.StreamOf(d.id), f.record.State
	if place.Form == wire.At {
		ctx, cancel := d.set.request()
		defer cancel()
		messages, err := d.set.options.Server.Read(ctx, stream, []string{names.Log(d.id)}, place.First, 1)
		if err != nil {
			return nil, err
		}
		if len(messages) == 0 || messages[0].Sequence != place.First {
			return nil, fmt.Errorf("record %d, which has it, is not there", place.First)
		}
		r, err := wire.ReadRecord(messages[0].Data)
		if err != nil {
			return nil, err
		}
		place = r.State
	}
	return d.fetch(stream, names.State(d.id), place)
}

// fetch reads what a place says; nil: nothing. The pieces are those of the record that was the first to
// name them, so their id counts only among themselves.
func (d *Driver) fetch(stream, subject string, p wire.Place) ([]byte, error) {
	switch p.Form {
	case wire.None:
		return nil, nil
	case wire.Inline:
		return p.Inline, nil
	case wire.At:
		return nil, errors.New("a record refers to one that refers to another")
	case wire.Pieces:
	}
	pieces := make([][]byte, p.Count)
	var id wire.ID
	var size uint64
	missing := int(p.Count)
	for from := p.First; missing > 0; {
		messages, err := d.read(stream, subject, from, min(missing, 16))
		if err != nil {
			return nil, err
		}
		if len(messages) == 0 {
			return nil, fmt.Errorf("%d of %d pieces are missing from %s", missing, p.Count, subject)
		}
		for _, m := range messages {
			from = m.Sequence + 1
			piece, err := wire.ReadPiece(m.Data)
			if m.Sequence == p.First {
				if err != nil {
					return nil, err
				}
				id = piece.ID
			}
			if err != nil || piece.ID != id || piece.Index >= len(pieces) || pieces[piece.Index] != nil {
				continue // of a commit that was never stored, or stored twice
			}
			pieces[piece.Index] = piece.Body
			size += uint64(len(piece.Body))
			missing--
		}
	}
	if size != p.Size {
		return nil, fmt.Errorf("%d pieces of %s have %d bytes, and should have %d", p.Count, subject, size, p.Size)
	}
	return slices.Concat(pieces...), nil
}

func (d *Driver) read(stream, subject string, from uint64, limit int) ([]link.Message, error) {
	ctx, cancel := context.WithTimeout(d.set.closing, d.set.options.Timeout)
	defer cancel()
	return d.set.options.Server.Read(ctx, stream, []string{subject}, from, limit)
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

// emitUnseen repeats outputs that an output function may not have seen.
func (d *Driver) emitUnseen() {
	if d.seen >= d.out-uint64(d.open.outputs.Len()) || !d.set.options.Held() { //nolint:gosec // not negative
		return
	}
	stored := d.out - uint64(d.open.outputs.Len()) //nolint:gosec // not negative
	if !d.daemon.Sinks() {
		d.seen, d.unseen = stored, 0
		return
	}
	names := d.set.options.Names
	stream := names.StreamOf(d.id)
	for from := d.unseen; from <= d.last.sequence && d.seen < stored; {
		messages, err := d.read(stream, names.Log(d.id), from, readAtOnce)
		if err != nil || len(messages) == 0 {
			d.log(logs.Debug, "reading outputs again: %v", err)
			return // again with the next turn
		}
		for _, m := range messages {
			from = m.Sequence + 1
			o, err := d.outputsOf(d.id, stream, m)
			if err != nil {
				return
			}
			skip := 0
			for skip < o.Events.Len() && o.Events.Metas[skip].Sequence <= d.seen {
				skip++
			}
			if skip < o.Events.Len() && o.Events.Metas[0].Sequence <= stored {
				d.daemon.Emit(o.Events.Slice(skip, o.Events.Len()), o.Causes[skip:])
				d.seen = o.Events.Metas[o.Events.Len()-1].Sequence
			}
		}
	}
	if d.seen == stored {
		d.unseen = 0
	}
}
