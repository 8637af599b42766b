//go:build mesh

package mesh

import (
	"context"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/config"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/directory/queue"
	"netmeshos/internal/mesh/driver"
	"netmeshos/internal/mesh/meshed"
	"netmeshos/internal/mesh/ownership"
)

// member is a daemon that this node has registered.
type member struct {
	daemon   meshed.Daemon
	leave    context.CancelFunc // ends the registration, if it is under way
	enlisted chan struct{}      // closed when it isn't any more
	gone     chan struct{}      // closed when the mesh doesn't know the daemon any more

	// Guarded by Mesh.mu:
	driver   *driver.Driver // nil: not registered yet
	standing queue.Standing
	leaving  bool
	yielding bool
	offered  offered
}

// wanted reports whether this node shall run the daemon. It needs Mesh.mu held.
func (m *Mesh) wanted(k *member) bool {
	return k.standing.Turn && !k.offered.passing && (m.drain == nil || len(k.standing.Standbys) == 0)
}

// Register implements node.Mesh.
func (m *Mesh) Register(d meshed.Daemon) {
	ctx, cancel := context.WithCancel(m.closing)
	k := &member{daemon: d, leave: cancel, enlisted: make(chan struct{}), gone: make(chan struct{})}
	m.mu.Lock()
	before := m.members[d.ID()]
	m.members[d.ID()] = k
	m.mu.Unlock()
	if before != nil {
		m.giveBack(before) // a daemon that was freed inside its own callback may not have said so yet
	}
	m.tasks.Add(1)
	go func() { // ends when the daemon is registered, or leaves
		defer m.tasks.Done()
		defer close(k.enlisted)
		if before != nil {
			<-before.gone
		}
		m.enlist(ctx, k)
	}()
	// So that others know it when the host tells them its id. While no server answers, nobody can be told:
	// it is announced when one does.
	if m.silent.Load() {
		return
	}
	timer := time.NewTimer(m.request)
	defer timer.Stop()
	select {
	case <-k.enlisted:
	case <-m.away.begun():
		return
	case <-timer.C:
		m.silent.Store(before == nil)
		return
	}
	if m.config.Events == config.Durable {
		return
	}
	// What the host posts goes straight to its inbox, and should find the state that the mesh has.
	m.mu.Lock()
	runs := k.driver
	m.mu.Unlock()
	if runs == nil {
		return
	}
	select {
	case <-runs.Settled():
	case <-m.away.begun():
	case <-timer.C:
	}
}

// enlist registers a daemon, however long that takes.
func (m *Mesh) enlist(ctx context.Context, k *member) {
	select {
	case m.places <- struct{}{}:
		defer func() { <-m.places }()
	case <-ctx.Done():
		return
	}
	d := k.daemon
	stateless := !d.HasSnapshot() && !d.HasRestore()
	for said := false; ; said = true {
		try, cancel := context.WithTimeout(ctx, m.request)
		err := m.dir.Register(try, d.ID(), d.Name(), stateless)
		cancel()
		if err == nil {
			m.silent.Store(false)
			if said {
				m.host.Log(logs.Info, d.ID(), "the daemon is known to the mesh now")
			}
			break
		}
		if !said {
			m.host.Log(logs.Warn, d.ID(), "the daemon isn't known to the mesh yet, and is announced when servers take it: "+err.Error())
		}
		if _ = m.link.Wait(ctx); !clock.Sleep(ctx, clock.Milliseconds(m.config.LeaseMS)/6) {
			return
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !k.leaving {
		k.driver = m.set.Load().Add(d)
		m.tell(k)
		if m.drain != nil {
			k.driver.Hold(errDraining)
		}
	}
}

// Unregister implements node.Mesh.
func (m *Mesh) Unregister(d meshed.Daemon) {
	m.mu.Lock()
	k := m.members[d.ID()]
	if k == nil || k.daemon != d {
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	m.giveBack(k)
	m.awaitGone(k)
}

// giveBack begins to hand a daemon over, unless that has begun.
func (m *Mesh) giveBack(k *member) {
	m.mu.Lock()
	first := !k.leaving
	k.leaving = true
	m.mu.Unlock()
	if !first {
		return
	}
	k.leave()
	m.tasks.Add(1)
	go func() { // ends when the daemon is handed over, which may take until a server is back
		defer m.tasks.Done()
		defer close(k.gone)
		m.handBack(k)
	}()
}

// awaitGone waits until a daemon is handed over, unless the servers are away: what isn't committed is done
// again elsewhere, as the daemon commits nothing more.
func (m *Mesh) awaitGone(k *member) {
	select {
	case <-k.gone:
	case <-m.lost.begun():
	}
}

// handBack has the mesh know that this node doesn't run a daemon any more.
func (m *Mesh) handBack(k *member) {
	<-k.enlisted
	id := k.daemon.ID()
	if k.driver != nil {
		m.mu.Lock()
		alone := len(k.standing.Standbys) == 0
		m.mu.Unlock()
		k.driver.End(alone)
		select {
		case <-k.driver.Done():
		case <-m.closing.Done():
		}
		m.endStop(k)
		m.dir.Unregister(id)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.members[id] == k {
		delete(m.members, id)
	}
}

// Resumed implements node.Mesh.
func (m *Mesh) Resumed(id uint64) {
	if d := m.driverOf(id); d != nil {
		d.Resumed()
	}
}

// driverOf returns the driver of a daemon that this node has registered, or nil.
func (m *Mesh) driverOf(id uint64) *driver.Driver {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.members[id]; k != nil {
		return k.driver
	}
	return nil
}

// LeaseChanged implements directory.Listener.
func (m *Mesh) LeaseChanged(held bool, _ uint64) {
	if s := m.set.Load(); s != nil {
		s.Lease(held)
	}
}

// gone says that a run of a node is over.
func (m *Mesh) gone(h ownership.Holder) {
	if s := m.set.Load(); s != nil {
		s.Gone(h)
	}
}

// tell has a driver know how its daemon's queue stands. It needs mu.
func (m *Mesh) tell(k *member) {
	k.driver.Want(m.wanted(k))
	if k.standing.Owner != 0 && k.standing.Owner != m.Node() {
		k.driver.Settle()
	}
}

// StandingChanged implements directory.Listener.
func (m *Mesh) StandingChanged(id uint64, s queue.Standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.members[id]
	if k == nil {
		return
	}
	k.standing = s
	if k.driver == nil {
		return
	}
	m.tell(k)
	if m.drain != nil && s.Turn && len(s.Standbys) > 0 {
		m.handOver(k, m.drain)
	}
}
