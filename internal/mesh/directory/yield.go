//go:build mesh

package directory

import "context"

// Yield puts this node at the end of the queue of a daemon that it has registered, if others
// are in it: the first of them has its turn. drained: it stays behind all that aren't, until Return. It waits for the
// servers, until ctx ends.
func (d *Directory) Yield(ctx context.Context, id uint64, drained bool) error {
	var r *registered
	d.call(func() {
		r = d.queues[id]
		if r == nil || len(r.shown.Standbys) == 0 {
			r = nil
			return
		}
		if own, has := r.queue.Has(d.self); has && own.Drained && drained {
			r = nil // the others that are before it are drained, too
			return
		}
		r.record.Drained = drained
	})
	if r == nil {
		return nil
	}
	_, err := d.enqueue(ctx, id, r)
	return err
}

// Return ends what Yield has done for a drain: this node may have its turn again. It waits for the servers, until ctx
// ends.
func (d *Directory) Return(ctx context.Context, id uint64) error {
	var r *registered
	d.call(func() {
		if r = d.queues[id]; r == nil || !r.record.Drained {
			r = nil
			return
		}
		r.record.Drained = false
	})
	if r == nil {
		return nil
	}
	_, err := d.enqueue(ctx, id, r)
	if err != nil {
		d.call(func() { r.record.Drained = true })
	}
	return err
}
