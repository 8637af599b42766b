package driver

import (
	"netmeshos/internal/logs"
)

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
