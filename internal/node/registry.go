package node

import (
	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/vitals"
)

var errDown = fault.New(fault.AlreadyShutdown, "the SDK has been shut down: start another one")

// find returns a registered daemon, or says why there is none.
func (n *Node) find(id uint64) (*Daemon, *fault.Error) {
	if d := n.recent.find(id); d != nil {
		return d, nil
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.down {
		return nil, errDown
	}
	d, registered := n.daemons[id]
	if !registered {
		return nil, fault.New(fault.NotFound, "no daemon of the id %#x is registered", id)
	}
	n.recent.add(d)
	return d, nil
}

// pair finds two daemons.
func (n *Node) pair(a, b uint64) (*Daemon, *Daemon, *fault.Error) {
	first, err := n.find(a)
	if err != nil {
		return nil, nil, err
	}
	second, err := n.find(b)
	return first, second, err
}

// all returns the registered daemons, in no order.
func (n *Node) all() []*Daemon {
	n.mu.RLock()
	defer n.mu.RUnlock()
	all := make([]*Daemon, 0, len(n.daemons))
	for _, d := range n.daemons {
		all = append(all, d)
	}
	return all
}

// sendAll sends a control event to all daemons. It needs state held, so that every
// daemon gets the events in the same order.
func (n *Node) sendAll(e control.Event) {
	for _, d := range n.all() {
		d.actor.Send(e)
	}
}

// unregister frees a daemon's id. It may be called more than once.
func (n *Node) unregister(d *Daemon) {
	d.actor.DetachMailbox()
	n.mu.Lock()
	delete(n.probed, d)
	if n.daemons[d.ID()] == d {
		delete(n.daemons, d.ID())
		n.recent.remove(d)
		n.retire(d)
	}
	n.mu.Unlock()
	d.actor.Unlink()
	n.lines.Forget(d.ID())
}

// retire adds what a daemon has counted to the totals. It needs mu held.
func (n *Node) retire(d *Daemon) {
	stats := d.actor.Retire()
	n.gone.EventsIn += stats.EventsIn
	n.gone.Outputs += stats.Outputs
	n.gone.Failures += stats.Failed
	n.gone.Discarded += stats.Discarded
}

// tick runs on the loop's goroutine. Once nothing but probes keeps a drain from its end,
// nobody is asked anew: one daemon or another that is slow to answer would be busy at
// every moment, and the drain would not end.
func (n *Node) tick() {
	if !n.isDraining() || n.env.Gauge.Waiting() > 0 || n.env.Watchdog.Working() {
		n.probeAll()
	}
}

// probeAll has the daemons asked how they are.
func (n *Node) probeAll() {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for d := range n.probed {
		d.actor.RequestProbe()
	}
}

// owns reports whether an actor is one of this node's.
func (n *Node) owns(a *actor.Actor) bool { return a.IsOf(n.env) }

// recentPlaces is how many daemons can be found without a lock. Their ids, which are as
// good as random, decide which these are.
const recentPlaces = 64

// recent holds daemons that were asked for: events mostly go to the same few. It holds
// only registered daemons of a node that is not down, as it changes with Node.mu held:
// for reading where daemons come in, for writing where they go.
type recent [recentPlaces]atomic.Pointer[Daemon]

// find needs no lock.
func (r *recent) find(id uint64) *Daemon {
	if d := r[id%recentPlaces].Load(); d != nil && d.ID() == id {
		return d
	}
	return nil
}

func (r *recent) add(d *Daemon) { r[d.ID()%recentPlaces].Store(d) }

func (r *recent) remove(d *Daemon) { r[d.ID()%recentPlaces].CompareAndSwap(d, nil) }

func (r *recent) clear() {
	for i := range r {
		r[i].Store(nil)
	}
}

// Vitals is what the daemon said of itself at the last probe.
func (d *Daemon) Vitals() vitals.Vitals {
	v, _ := d.actor.Vitals()
	return v
}
