//go:build mesh

package directory

import (
	"context"
	"errors"

	"netmeshos/internal/mesh/link"
)

// withdrawOwn removes the own registration, unless the daemon is registered again meanwhile.
func (d *Directory) withdrawOwn(id uint64) {
	name := d.ending[id]
	d.task(d.o.Lease, func(ctx context.Context) func() {
		if name != "" { // before nothing else has it
			_, _ = d.o.Link.Store(ctx, d.names.DaemonName(id), marshal(nameRecord{V: recordVersion, Name: name}), link.Storing{})
		}
		m, err := d.o.Link.Last(ctx, d.names.Registration(id, d.self.Node))
		if errors.Is(err, link.ErrNone) {
			return func() { delete(d.ending, id) }
		}
		return func() {
			if err == nil {
				delete(d.ending, id)
			}
			switch {
			case d.queues[id] != nil: // a registration from now on has another sequence
			case err == nil && d.isOfAnother(m): // that of another run stays
			case err == nil:
				d.withdraw(id, d.self.Node, &m.Sequence)
			default:
				d.withdrawLater(id)
			}
		}
	})
}

// isOfAnother reports whether a registration of this node was withdrawn, or is that of another run.
func (d *Directory) isOfAnother(m link.Message) bool {
	k, err := registrationOf(d.self.Node, m)
	return err == nil && k.Holder != d.self
}

// withdrawLater tries again while the servers are away: when they are back, others must not wait for this node.
func (d *Directory) withdrawLater(id uint64) {
	d.later(d.o.Lease/6, func() {
		if d.queues[id] == nil && !d.left {
			d.withdrawOwn(id)
		}
	})
}
