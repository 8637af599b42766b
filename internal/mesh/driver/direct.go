package driver

import (
	"netmeshos/internal/event"
	"netmeshos/internal/mesh/wire"
)

// divertible is a daemon that also gets events from its own node, which the mesh doesn't know: actor.Divert says how.
type divertible interface {
	Divert(rest func(events []event.Event))
	Undivert()
}

// Direct reports whether an event that is posted on this node may go straight to the daemon's inbox: this node runs the
// daemon, which has the state of its last commit, and has processed all that the node has stored for it before.
func (d *Driver) Direct(p *Poster) bool {
	d.mu.Lock()
	direct, at := d.direct, d.shown
	d.mu.Unlock()
	if at.Index != wire.Whole && at.Sequence > 0 {
		at.Sequence--
	}
	return direct && p.isThrough(d.id, at.Sequence)
}

// isThrough reports whether all that was posted is stored, up to a message.
func (p *Poster) isThrough(id, last uint64) bool {
	q := p.known(id)
	if q == nil {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.isIdle() && q.stored <= last
}

// divert has what is posted on this node stored from now on, as another node may run the daemon, or this one from another
// state on. rest: so is what waits in its inbox.
func (d *Driver) divert(rest bool) {
	d.mu.Lock()
	d.direct = false
	d.mu.Unlock()
	daemon, ok := d.daemon.(divertible)
	if !ok || !d.set.options.Direct {
		return
	}
	var store func([]event.Event)
	if rest {
		store = func(events []event.Event) { d.set.options.Divert(d.id, events) }
	}
	daemon.Divert(store)
}

// leavesAlone reports whether the daemon ends here, and no other node stands by.
func (d *Driver) leavesAlone() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.leaving.alone
}

// undivert lets events go straight to the inbox: the daemon has its state.
func (d *Driver) undivert() {
	daemon, ok := d.daemon.(divertible)
	if !ok || !d.set.options.Direct {
		return
	}
	d.mu.Lock()
	already := d.direct
	d.mu.Unlock()
	if already {
		return
	}
	daemon.Undivert()
	d.mu.Lock()
	d.direct = true
	d.mu.Unlock()
}
