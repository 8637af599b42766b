//go:build mesh

package directory

import "netmeshos/internal/mesh/directory/lease"

// awaited is a call of Await.
type awaited struct {
	holder lease.Holder
	gone   func()
}

// Await is Watch for one of many who wait for the same run of a node, until stop is called; after that gone may still be called
// once. Neither blocks.
func (d *Directory) Await(h lease.Holder, gone func()) (stop func()) {
	a := &awaited{h, gone}
	d.post(func() {
		d.awaited[a] = struct{}{}
		d.watchHolder(h)
	})
	return func() { d.post(func() { d.endAwait(a) }) }
}

func (d *Directory) endAwait(a *awaited) (was bool) {
	if _, was = d.awaited[a]; was {
		delete(d.awaited, a)
		d.unwatchHolder(a.holder)
	}
	return was
}

// tellAwaited calls who waits for a run of a node that is over.
func (d *Directory) tellAwaited(h lease.Holder) {
	for a := range d.awaited {
		if a.holder == h && d.endAwait(a) {
			a.gone()
		}
	}
}
