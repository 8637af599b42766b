package driver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/dedup"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

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
	d.last = lastRecord{sequence: f.at, end: f.end, state: following(f.record.State, f.at), answers: answers}
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

// reset gives the daemon the state of the last record.
func (d *Driver) reset() bool {
	state, ok := d.goBack()
	if !ok {
		return true
	}
	defer d.Settle()
	resumes := d.resumes.Load()
	if err := d.daemon.Reset(state, true); err != nil {
		d.log(logs.Error, "daemon %q does not take the state of its last commit: %v", d.daemon.Name(), err)
		d.block(err, resumes)
		return true
	}
	if state != nil {
		d.last.sum, d.last.summed = sha256.Sum256(state), true
	}
	d.stale = false
	d.undivert()
	return true
}

// goBack goes back to the last record, and returns its state: all that has been processed since is thrown away and
// read again. It fails where the record can't be read now, or isn't this node's.
func (d *Driver) goBack() (state []byte, ok bool) {
	f, err := d.find()
	if err != nil {
		d.log(logs.Debug, "reading the last commit: %v", err)
		d.pause(tryAgain)
		return nil, false
	}
	if f.at != d.last.sequence {
		d.lose()
		return nil, false
	}
	if f.there {
		if state, err = d.state(f.record.State); err != nil {
			d.log(logs.Warn, "the state of daemon %q can't be read now: %v", d.daemon.Name(), err)
			d.pause(tryAgain)
			return nil, false
		}
	}
	delivers, age, answers := d.open.delivers, d.last.age, d.last.answers
	failing, stateAt := d.failing, d.last.stateAt
	seen, first := d.seen, d.unseen // the next record tells it
	if err := d.adopt(&f); err != nil {
		d.log(logs.Error, "the last commit of daemon %q can't be used: %v", d.daemon.Name(), err)
		d.pause(tryAgain * 20)
		return nil, false
	}
	d.failing, d.last.age, d.last.answers = failing, age, answers
	d.last.stateAt = max(stateAt, d.last.stateAt)
	d.seen, d.unseen = seen, first
	d.mu.Lock()
	defer d.mu.Unlock()
	// As a new reader of everything. What had come by itself is read again where it is missing.
	for i, s := range d.sources {
		at := s.sure
		if s.inbox {
			at = f.record.Inbox
		}
		fresh := newSource(d.set.options.Names, s.id, s.inbox, at)
		fresh.told = s.told
		fresh.depth = depth{unread: s.depth.events(), through: max(s.until, s.last, s.depth.through)}
		d.sources[i] = fresh
	}
	d.requests = append(slices.Clone(delivers), d.requests...)
	d.again = true
	return state, true
}

// held waits until the daemon can take its state: an input wakes the driver. Another state may be given to
// it meanwhile.
func (d *Driver) held() bool {
	q := d.take(isAboutState)
	switch {
	case q == nil:
		return d.idle()
	case q.Verb == Snapshot:
		q.answer(Answer{Err: errHeld})
		return true
	}
	if _, ok := d.goBack(); !ok {
		d.putBack(q)
		return true
	}
	d.stale = false
	d.giveBack(q)
	return true
}

// state reads the state that a record has; nil: there is none.
func (d *Driver) state(place wire.Place) ([]byte, error) {
	names := d.set.options.Names
	stream := names.StreamOf(d.id)
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
