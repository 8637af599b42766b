package driver

import (
	"netmeshos/internal/event"
	"netmeshos/internal/mesh/wire"
)

// recallMost bounds how many messages of the log are looked at for the answer to a deliver that is repeated.
const recallMost = 10_000

// recall finds what a deliver that is committed has led to: in memory, or in its record as long as that is in the log.
func (d *Driver) recall(origin, sequence uint64) (outputs event.Batch, known bool, err error) {
	for _, a := range d.last.answers {
		if a.origin == origin && a.sequence == sequence {
			return a.outputs, true, nil
		}
	}
	left := recallMost
	before := d.last.sequence // what is not before this has been looked at
	for step := uint64(firstStep); left > 0 && before > 1; step *= stepGrows {
		from := uint64(1)
		if before > step {
			from = before - step
		}
		outputs, known, err = d.recallIn(from, before, origin, sequence, &left)
		if known || err != nil {
			return outputs, known, err
		}
		before = from
	}
	return event.Batch{}, false, nil
}

// recallIn looks at the records from one sequence to before another.
func (d *Driver) recallIn(from, before, origin, sequence uint64, left *int) (event.Batch, bool, error) {
	names := d.set.options.Names
	stream, subject := names.StreamOf(d.id), names.Log(d.id)
	for from < before && *left > 0 {
		messages, err := d.read(stream, subject, from, min(*left, searchAtOnce))
		if err != nil {
			return event.Batch{}, false, err
		}
		if len(messages) == 0 {
			break
		}
		*left -= len(messages)
		for _, m := range messages {
			if from = m.Sequence + 1; m.Sequence >= before {
				break
			}
			r, err := wire.ReadRecord(m.Data)
			if err != nil {
				continue
			}
			for _, a := range r.Answers {
				if a.Origin != origin || a.Sequence != sequence {
					continue
				}
				all, err := d.outputsOf(d.id, stream, m)
				if err != nil {
					return event.Batch{}, false, err
				}
				first, most := a.First-r.First, uint64(all.Events.Len()) //nolint:gosec // not negative
				if a.Count > 0 && (first > most || uint64(a.Count) > most-first) {
					return event.Batch{}, false, nil // its outputs are purged
				}
				if a.Count == 0 {
					return event.Batch{}, true, nil
				}
				return all.Events.Slice(int(first), int(first)+int(a.Count)), true, nil //nolint:gosec // under most
			}
		}
	}
	return event.Batch{}, false, nil
}
