package driver

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

const (
	alwaysInline = 512     // a state up to this long is in every record
	mostRecords  = 10_000  // a state is written again after so many records, so that the log can be purged
	largeState   = 1 << 18 // from this length on, commits wait: see Options.StateRate
)

// lastRecord is what is known about the last record of the log.
type lastRecord struct {
	sequence  uint64
	state     wire.Place // as it would be in the next record
	stateAt   uint64     // sequence of the record that has the state; 0: none
	sum       [sha256.Size]byte
	summed    bool // sum is that of the state
	age       int  // records since the state was written
	notBefore time.Time
	answers   []answered
}

// answered is a deliver of the last record.
type answered struct {
	origin, sequence uint64
	outputs          event.Batch
}

func (d *Driver) newID() wire.ID {
	self := d.set.options.Self
	return wire.ID{Node: self.Node, Instance: self.Instance, Counter: d.set.counter.Add(1)}
}

// commit stores what has been processed. On return it is committed, or the daemon is lost or stale.
func (d *Driver) commit() {
	var state []byte
	changed := false
	if d.daemon.HasSnapshot() && (d.open.events > 0 || len(d.open.delivers) > 0 || !d.last.summed) {
		err := d.daemon.Seal(func(now []byte) error {
			sum := sha256.Sum256(now)
			if d.last.summed && sum == d.last.sum && d.last.age < mostRecords {
				return nil
			}
			state, changed = bytes.Clone(now), true
			d.last.sum, d.last.summed = sum, true
			return nil
		})
		if err != nil {
			if err.Kind == fault.OutOfMemory {
				d.pause(10 * time.Millisecond)
				return
			}
			d.log(logs.Warn, "daemon %q can't be committed: %v", d.daemon.Name(), err)
			d.stale = true // what isn't committed is thrown away
			d.answerOpen(errLeft)
			return
		}
	}
	began := time.Now()
	kind := wire.Commit
	if d.open.restored {
		kind = wire.Restore
	}
	record := d.record(kind)
	verdict, sequence := d.write(&record, state, changed, d.open.dead)
	if verdict != ownership.Stored {
		d.last.summed = false
		if verdict == ownership.Passed {
			d.lose()
		}
		return
	}
	d.committed(sequence, &record, changed)
	if len(state) >= largeState {
		took := time.Since(began)
		d.last.notBefore = time.Now().Add(max(9*took, time.Duration(float64(len(state))/float64(d.set.options.StateRate)*float64(time.Second))))
	} else {
		d.last.notBefore = time.Time{}
	}
}

// record is what the driver has in memory, without state and outputs.
func (d *Driver) record(kind wire.Kind) wire.Record {
	r := wire.Record{ID: d.newID(), Kind: kind, Out: d.out, First: d.out - uint64(d.open.outputs.Len()) + 1, Seen: d.seen, Unseen: d.unseen, State: d.last.state} //nolint:gosec // not negative
	for _, s := range d.sources {
		switch {
		case s.inbox:
			r.Inbox = s.done
			r.Inbox.Producer = 0
		case s.done.Sequence > 0:
			r.Producers = append(r.Producers, s.done)
		}
	}
	r.Origins = d.windows.Append(nil)
	r.Posters = d.posters.Append(nil)
	for _, q := range d.open.delivers {
		if q.Verb != Deliver {
			continue
		}
		r.Answers = append(r.Answers, wire.Answer{Origin: q.Event.Origin, Sequence: q.Event.Sequence, First: q.first, Count: q.count})
	}
	return r
}

// write stores a record with what belongs to it: pieces before it, dead letters together with it.
func (d *Driver) write(r *wire.Record, state []byte, changed bool, dead event.Batch) (ownership.Verdict, uint64) {
	names, room := d.set.options.Names, d.set.options.Server.MaxData()
	var outputs []byte
	if d.open.outputs.Len() > 0 {
		outputs = wire.AppendOutputs(nil, wire.Outputs{Events: d.open.outputs, Causes: d.open.causes})
	}
	if changed {
		r.State = wire.Place{}
	}
	// Windows that leave no room forget what has been left alone longest.
	for d.windows != nil && len(r.Origins)+len(r.Posters) > room/2 && d.windows.Len()+d.posters.Len() > 2 {
		if d.windows.Len() > 1 {
			d.windows.Forget(d.windows.Len()/8 + 1)
		} else {
			d.posters.Forget(d.posters.Len()/8 + 1)
		}
		r.Origins, r.Posters = d.windows.Append(nil), d.posters.Append(nil)
	}
	room -= len(wire.AppendRecord(nil, r)) + 64
	var ok bool
	if r.Outputs, ok = d.place(r.ID, names.Piece(d.id), outputs, outputs != nil, room/2); !ok {
		return ownership.Again, 0
	}
	room -= len(r.Outputs.Inline)
	if changed {
		if r.State, ok = d.place(r.ID, names.State(d.id), state, state != nil, room); !ok {
			return ownership.Again, 0
		}
	}
	parts := d.deadLetters(r.ID, dead)
	parts = append(parts, link.BatchPart{Subject: names.Log(d.id), Data: wire.AppendRecord(nil, r)})
	return d.send(r.ID, parts)
}

// deadLetters makes messages of dead letters.
func (d *Driver) deadLetters(id wire.ID, dead event.Batch) (parts []link.BatchPart) {
	from, size := 0, 0
	subject := d.set.options.Names.Dead(d.id)
	for i := range dead.Len() {
		length := int(dead.Metas[i].Length) + 24 //nolint:gosec // shorter than a message
		if size > 0 && size+length > d.set.options.Server.MaxData()/2 {
			parts = append(parts, link.BatchPart{Subject: subject, Data: wire.AppendEnvelope(nil, id, dead.Slice(from, i))})
			from, size = i, 0
		}
		size += length
	}
	if from < dead.Len() {
		parts = append(parts, link.BatchPart{Subject: subject, Data: wire.AppendEnvelope(nil, id, dead.Slice(from, dead.Len()))})
	}
	return parts
}

// place puts bytes into the record if they fit the room, else into pieces; false: the set was closed.
func (d *Driver) place(id wire.ID, subject string, data []byte, there bool, room int) (wire.Place, bool) {
	if !there {
		return wire.Place{}, true
	}
	if len(data) <= max(room, 0) {
		return wire.Place{Form: wire.Inline, Inline: data}, true
	}
	p := wire.Place{Form: wire.Pieces, Size: uint64(len(data))}
	most := d.set.options.Server.MaxData() - 64
	for rest := data; len(rest) > 0; p.Count++ {
		n := min(most, len(rest))
		piece := wire.AppendPiece(nil, wire.Piece{ID: id, Index: int(p.Count), Body: rest[:n]})
		for {
			ctx, cancel := d.set.request()
			sequence, err := d.set.options.Server.Store(ctx, subject, piece, link.Storing{})
			cancel()
			if err == nil {
				if p.Count == 0 {
					p.First = sequence
				}
				break
			}
			d.log(logs.Debug, "storing a piece of a commit: %v", err)
			if !d.pause(tryAgain) {
				return p, false
			}
		}
		rest = rest[n:]
	}
	return p, true
}

// send stores a record on the condition that the last one is still the last, until it is known
// what has become of it. Again: the set was closed before.
func (d *Driver) send(id wire.ID, parts []link.BatchPart) (ownership.Verdict, uint64) {
	server := d.set.options.Server
	condition := link.Storing{Expect: link.Expect(d.last.sequence)}
	for wait := time.Duration(0); ; wait = tryAgain {
		if wait > 0 && !d.pause(wait) || d.set.closing.Err() != nil {
			return ownership.Again, 0
		}
		ctx, cancel := d.set.request()
		var sequence uint64
		var err error
		if len(parts) == 1 {
			sequence, err = server.Store(ctx, parts[0].Subject, parts[0].Data, condition)
		} else {
			sequence, err = server.StoreBatch(ctx, parts, condition)
		}
		cancel()
		if err == nil {
			return ownership.Stored, sequence
		}
		switch {
		case errors.Is(err, link.ErrConflict), errors.Is(err, link.ErrDoubt):
			last, lastID, err := d.readLast()
			if err != nil {
				continue
			}
			switch v := ownership.Settle(id, d.last.sequence, lastID, last); v {
			case ownership.Stored, ownership.Passed:
				return v, last
			case ownership.Again:
			}
		case errors.Is(err, link.ErrDown):
		default:
			d.log(logs.Error, "the servers don't take a commit of daemon %q, which is tried again: %v", d.daemon.Name(), err)
			wait = time.Second
			if !d.pause(wait) {
				return ownership.Again, 0
			}
		}
	}
}

// readLast reads the sequence and the id of the last message of the log; the id is zero if it is no record.
func (d *Driver) readLast() (uint64, wire.ID, error) {
	ctx, cancel := d.set.request()
	defer cancel()
	m, err := d.set.options.Server.Last(ctx, d.set.options.Names.Log(d.id))
	if none(err) {
		return 0, wire.ID{}, nil
	}
	if err != nil {
		return 0, wire.ID{}, err
	}
	r, err := wire.ReadRecord(m.Data)
	if err != nil {
		d.foreign(m, err)
		return m.Sequence, wire.ID{}, nil
	}
	return m.Sequence, r.ID, nil
}

// committed takes note of a record that is stored.
func (d *Driver) committed(sequence uint64, r *wire.Record, changed bool) {
	l := &d.last
	l.sequence = sequence
	l.age++
	if changed {
		l.age, l.stateAt = 0, sequence
	}
	l.state = following(r.State, sequence)
	if r.State.Form == wire.Inline {
		l.stateAt = sequence
	}
	d.tidy.noted(sequence, r)
	d.dead.Add(uint64(d.open.dead.Len())) //nolint:gosec // not negative
	d.mu.Lock()
	d.base = sequence
	d.shown = r.Inbox
	for _, s := range d.sources {
		s.sure = s.done
	}
	d.mu.Unlock()
	outputs, causes, delivers := d.open.outputs, d.open.causes, d.open.delivers
	d.tidy.events += d.open.events
	d.open = open{}
	if len(delivers) > 0 {
		l.answers = l.answers[:0:0]
	}
	if d.unseen == 0 && d.seen < d.out {
		d.unseen = sequence
	}
	d.emit(outputs, causes)
	for _, q := range delivers {
		if q.Verb != Deliver {
			q.answer(Answer{})
			continue
		}
		from := int(q.first - r.First) //nolint:gosec // of this record
		mine := outputs.Slice(min(from, outputs.Len()), min(from+int(q.count), outputs.Len()))
		l.answers = append(l.answers, answered{q.Event.Origin, q.Event.Sequence, mine})
		q.answer(Answer{Outputs: mine})
	}
}

// following is how the next record refers to a state.
func following(p wire.Place, sequence uint64) wire.Place {
	if p.Form == wire.Inline && len(p.Inline) > alwaysInline {
		return wire.Place{Form: wire.At, First: sequence}
	}
	return p
}

// emit passes outputs on to the host, unless the lease is over: then another node may do so too.
func (d *Driver) emit(outputs event.Batch, causes []event.Meta) {
	if d.daemon.Sinks() && outputs.Len() > 0 {
		if !d.set.options.Held() {
			return // emitUnseen does it, from what is stored
		}
		d.daemon.Emit(outputs, causes)
	}
	d.seen, d.unseen = d.out, 0
}
