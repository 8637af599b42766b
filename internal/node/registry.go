package node

import (
	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/vitals"
)

var errDown = fault.New(fault.AlreadyShutdown, "the SDK has been shut down: start another one")

// find returns a registered daemon, or not_found or already_shutdown.
func (n *Node) find(id uint64) (*Daemon, *fault.Error) {
	d, err := n.registered(id)
	if err == errAbsent {
		err = fault.New(fault.NotFound, "no daemon of the id %#x is registered", id)
	}
	return d, err
}

// errAbsent is for those who ask the mesh then, as a message takes time to make.
var errAbsent = fault.New(fault.NotFound, "the daemon isn't registered on this node")

// registered is find with one error for all daemons that are not registered.
func (n *Node) registered(id uint64) (*Daemon, *fault.Error) {
	if d := n.recent.find(id); d != nil {
		return d, nil
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.down {
		return nil, errDown
	}
	d, here := n.daemons[id]
	if !here {
		return nil, errAbsent
	}
	n.recent.add(d)
	return d, nil
}

// pair finds the two daemons of a subscription.
func (n *Node) pair(a, b uint64) (*Daemon, *Daemon, *fault.Error) {
	first, err := n.find(a)
	if err != nil {
		return nil, nil, err
	}
	second, err := n.find(b)
	return first, second, err
}

// all returns the registered daemons, in no particular order.
func (n *Node) all() []*Daemon {
	n.mu.RLock()
	defer n.mu.RUnlock()
	all := make([]*Daemon, 0, len(n.daemons))
	for _, d := range n.daemons {
		all = append(all, d)
	}
	return all
}

// sendAll sends a control event to all daemons. It needs state held, so that all daemons
// get the events in the same order.
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

// retire adds a daemon's statistics to the totals. It needs mu held.
func (n *Node) retire(d *Daemon) {
	stats := d.actor.Retire()
	n.gone.EventsIn += stats.EventsIn
	n.gone.Outputs += stats.Outputs
	n.gone.Failures += stats.Failed
	n.gone.Discarded += stats.Discarded
}

// tick probes the daemons. It runs on the loop's goroutine. While a drain waits for nothing
// but probes, no new probes are requested: with a few slow daemons, one of them would be
// busy with a probe at every moment, and the drain would never end.
func (n *Node) tick() {
	if !n.isDraining() || n.env.Gauge.Waiting() > 0 || n.env.Watchdog.Working() {
		n.probeAll()
	}
}

// probeAll requests a probe of all daemons.
func (n *Node) probeAll() {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for d := range n.probed {
		d.actor.RequestProbe()
	}
}

// owns reports whether an actor is one of this node's.
func (n *Node) owns(a *actor.Actor) bool { return a.IsOf(n.env) }

// recentPlaces is how many daemons can be found without a lock. The place of a daemon
// depends on its id; ids are hashes and so evenly distributed.
const recentPlaces = 64

// recent is a cache of daemons that were looked up: most events go to the same few. It
// holds only registered daemons of a node that is not down, because it changes only with
// Node.mu held: for reading to add a daemon, for writing to remove one.
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

// Vitals returns what the daemon reported at the last probe.
func (d *Daemon) Vitals() vitals.Vitals {
	v, _ := d.actor.Vitals()
	return v
}
