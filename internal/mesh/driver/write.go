package driver

import (
	"errors"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/ownership"
	"netmeshos/internal/mesh/wire"
)

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

// place puts bytes into the record if they fit the room, else into pieces; false: as Again of send.
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
			d.refused(err)
			if d.gives() || !d.pause(tryAgain) {
				return p, false
			}
		}
		rest = rest[n:]
	}
	return p, true
}

// send stores a record on the condition that the last one is still the last, until it is known
// what has become of it. Again: it isn't stored, because the set was closed or nobody waits for it any more.
func (d *Driver) send(id wire.ID, parts []link.BatchPart) (ownership.Verdict, uint64) {
	server := d.set.options.Server
	sent := false // it may be stored
	for wait := time.Duration(0); ; {
		if wait > 0 && (d.gives() || !d.pause(wait)) || d.set.closing.Err() != nil {
			return ownership.Again, 0
		}
		d.setSent(true)
		ctx, cancel := d.set.request()
		condition := link.Storing{Expect: link.Expect(d.last.end), Here: true}
		var sequence uint64
		var err error
		if len(parts) == 1 {
			sequence, err = server.Store(ctx, parts[0].Subject, parts[0].Data, condition)
		} else {
			sequence, err = server.StoreBatch(ctx, parts, condition)
		}
		cancel()
		if err == nil {
			d.last.end = sequence
			return ownership.Stored, sequence
		}
		wait = tryAgain
		switch {
		case errors.Is(err, link.ErrConflict), errors.Is(err, link.ErrDoubt):
			sent = true
			f, err := d.find()
			if errors.Is(err, wire.ErrVersion) {
				return ownership.Passed, 0
			}
			if err != nil {
				continue
			}
			if d.isGone(&f) {
				d.vanished = true
				return ownership.Passed, 0
			}
			verdict := ownership.Settle(id, d.last.sequence, f.record.ID, f.at)
			if verdict == ownership.Passed {
				return verdict, f.at
			}
			if f.end != d.last.end {
				// Something foreign is behind the last record. What was sent on the condition that it isn't
				// there will never be stored, so the same bytes may go on another one.
				d.last.end, wait = f.end, 0
			}
			if verdict == ownership.Stored {
				return verdict, f.at
			}
		case errors.Is(err, link.ErrDown):
			d.setSent(sent)
		default:
			d.setSent(sent)
			d.log(logs.Error, "the servers don't take a commit of daemon %q, which is tried again: %v", d.daemon.Name(), err)
			d.refused(err)
			wait = time.Second
		}
	}
}
