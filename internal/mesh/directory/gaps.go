//go:build mesh

package directory

import (
	"context"
	"errors"

	"netmeshos/internal/mesh/link"
)

// gap reads again what may have been missed.
func (d *Directory) gap(subject string) {
	if subject == "" || subject == d.names.Peers() {
		d.directory.Missed()
	}
	if subject == d.names.Peers() || subject == d.names.Beats() || len(d.queues) == 0 || d.rereading {
		return
	}
	d.rereading = true
	d.task(d.o.Lease, func(ctx context.Context) func() {
		messages, err := d.o.Link.LastOf(ctx, d.names.MetaStream(), d.names.Registrations())
		return func() {
			d.rereading = false
			if err == nil {
				d.takeAll(messages)
				d.check(messages)
				return
			}
			d.later(d.o.Lease/6, func() { d.gap(subject) })
		}
	})
}

// check looks whether the own registrations are still stored: while this node was cut off, others may have
// withdrawn them so long ago that nothing shows it.
func (d *Directory) check(messages []link.Message) {
	stored := map[uint64]bool{}
	for _, m := range messages {
		var id, node uint64
		if _, rest, ok := d.names.ParseMeta(m.Subject); ok && link.ParseIDs(rest, &id, &node) && node == d.self.Node {
			stored[id] = true
		}
	}
	for id, r := range d.queues {
		if stored[id] || !r.told {
			continue
		}
		d.task(d.o.Lease, func(ctx context.Context) func() {
			m, err := d.o.Link.Last(ctx, d.names.Registration(id, d.self.Node)) // no server that is behind
			if gone := errors.Is(err, link.ErrNone) || err == nil && m.Marker != ""; !gone {
				return nil
			}
			return func() {
				if d.queues[id] == r && !r.again && !d.left {
					r.queue.Gone(d.self)
					d.standing(id, r)
					d.again(id, r)
				}
			}
		})
	}
}
