//go:build mesh

package directory

import "netmeshos/internal/mesh/directory/lease"

// Watch calls f once, on the directory's goroutine, when the run of a node is known to be over. f must not
// block.
func (d *Directory) Watch(h lease.Holder, f func()) {
	d.post(func() {
		if d.callers == nil {
			d.callers = map[lease.Holder][]func(){}
		}
		if d.callers[h] = append(d.callers[h], f); len(d.callers[h]) == 1 {
			d.watchHolder(h)
		}
	})
}

// callGone calls those who watch a holder that is gone.
func (d *Directory) callGone(h lease.Holder) {
	callers := d.callers[h]
	if callers == nil {
		return
	}
	delete(d.callers, h)
	d.unwatchHolder(h)
	for _, f := range callers {
		f()
	}
}
