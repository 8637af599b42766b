//go:build mesh

package directory

import (
	"context"
	"errors"

	"netmeshos/internal/mesh/link"
)

// restore stores the own registration again where somebody has put something else in its place: what no node can read
// changes nothing, but those that start later find nothing else.
func (d *Directory) restore(id uint64, r *registered) {
	own, has := r.queue.Has(d.self)
	if r.restoring || r.again || !has || d.left {
		return
	}
	r.restoring = true
	record := r.record
	if record.Place = own.Place; record.Place == 0 {
		record.Place = own.Sequence
	}
	garbled := r.garbled
	d.task(d.o.Lease, func(ctx context.Context) func() {
		sequence, err := d.replace(ctx, id, marshal(record))
		return func() {
			r.restoring = false
			switch {
			case d.queues[id] != r:
			case err != nil:
				d.later(d.o.Lease/6, func() {
					if d.queues[id] == r {
						d.restore(id, r)
					}
				})
			case r.garbled > max(sequence, garbled): // once more
				d.restore(id, r)
			}
		}
	})
}

// replace stores a record in place of what is no registration. It returns the sequence of what is there then.
func (d *Directory) replace(ctx context.Context, id uint64, record []byte) (sequence uint64, err error) {
	subject := d.names.Registration(id, d.self.Node)
	for {
		if _, held := d.Held(); !held {
			return 0, &link.Error{Class: link.ErrDown, Detail: "this node does not hold its lease now"}
		}
		m, err := d.o.Link.Last(ctx, subject)
		if err != nil {
			return 0, err
		}
		if IsRegistration(m) {
			return m.Sequence, nil
		}
		sequence, err = d.o.Link.Store(ctx, subject, record, link.Storing{Expect: &m.Sequence})
		if !errors.Is(err, link.ErrConflict) {
			return sequence, err
		}
	}
}
