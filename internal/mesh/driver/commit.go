package driver

import (
	"bytes"
	"crypto/sha256"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
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
	end       uint64     // sequence of the last message, on the condition of which the next one is stored
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

// given returns the state of a daemon that takes no snapshots, or whose snapshot gives nothing, if the next record must
// have it: what a host gave it last, or it gave itself.
func (d *Driver) given() (state []byte, changed bool, err error) {
	switch {
	case d.open.restored:
		return d.open.given, len(d.open.given) > 0, nil
	case d.last.state.Form == wire.At && d.last.age >= mostRecords:
		state, err = d.state(d.last.state)
		return state, true, err
	}
	return nil, false, nil
}

// commit stores what has been processed. On return it is committed, or the daemon is lost or stale.
func (d *Driver) commit() {
	var state []byte
	changed, kept := false, !d.daemon.HasSnapshot()
	if !kept && (d.open.events > 0 || len(d.open.delivers) > 0 || !d.last.summed) {
		err := d.daemon.Seal(func(now []byte) error {
			if kept = now == nil; kept {
				d.last.summed = false
				return nil
			}
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
	if kept {
		var err error
		if state, changed, err = d.given(); err != nil {
			d.log(logs.Warn, "the state of daemon %q can't be read now: %v", d.daemon.Name(), err)
			d.pause(tryAgain)
			return
		}
	}
	began := time.Now()
	kind := wire.Commit
	if d.open.restored {
		kind = wire.Restore
	}
	record := d.record(kind)
	d.beginStoring(d.open.delivers)
	verdict, sequence := d.write(&record, state, changed, d.open.dead)
	d.endStoring()
	switch verdict {
	case ownership.Passed:
		d.last.summed = false
		if d.vanished {
			d.vanished = false
			d.beginAnew()
			d.commit()
			return
		}
		d.lose()
		return
	case ownership.Again:
		d.last.summed = false
		if d.set.closing.Err() == nil {
			d.stale = true
			d.answerOpen(errEnded)
		}
		return
	case ownership.Stored:
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
	// The state before is kept until this is stored.
	if d.open.restored {
		r.State = wire.Place{}
	}
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
	d.noteLag(sequence, r)
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
		var mine event.Batch
		if q.count > 0 { // else its number may be before the first
			from := int(q.first - r.First) //nolint:gosec // of this record
			mine = outputs.Slice(from, from+int(q.count))
		}
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
