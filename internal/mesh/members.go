//go:build mesh

package mesh

import (
	"context"
	"time"

	"netmeshos/internal/clock"
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
}

// wanted reports whether this node shall run the daemon. It needs Mesh.mu held.
func (m *Mesh) wanted(k *member) bool {
	return k.standing.Turn && (m.drain == nil || len(k.standing.Standbys) == 0)
}

// Register implements node.Mesh.
func (m *Mesh) Register(d meshed.Daemon) {
	ctx, cancel := context.WithCancel(m.closing)
	k := &member{daemon: d, leave: cancel, enlisted: make(chan struct{}), gone: make(chan struct{})}
	m.mu.Lock()
	before := m.members[d.ID()]
	m.members[d.ID()] = k
	m.mu.Unlock()
	m.known.Store(d.ID(), true)
	m.tasks.Add(1)
	go func() { // ends when the daemon is registered, or leaves
		defer m.tasks.Done()
		defer close(k.enlisted)
		if before != nil {
			<-before.gone
		}
		m.enlist(ctx, k)
	}()
	// So that others know it when the host tells them its id; but not longer than a call waits.
	select {
	case <-k.enlisted:
	case <-time.After(m.request):
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
			break
		}
		if !said {
			m.host.Log(logs.Warn, d.ID(), "the daemon isn't known to the mesh yet: "+err.Error())
		}
		if !clock.Sleep(ctx, clock.Milliseconds(m.config.LeaseMS)/6) {
			return
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !k.leaving {
		k.driver = m.set.Load().Add(d)
		k.driver.Want(m.wanted(k))
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
	first := !k.leaving
	k.leaving = true
	m.mu.Unlock()
	if !first {
		<-k.gone
		return
	}
	k.leave()
	<-k.enlisted
	if k.driver != nil {
		k.driver.End()
		m.awaitEnd(k.driver)
		m.endStop(k)
		m.dir.Unregister(d.ID())
	}
	m.mu.Lock()
	if m.members[d.ID()] == k {
		delete(m.members, d.ID())
	}
	m.mu.Unlock()
	close(k.gone)
}

// awaitEnd waits until a driver has handed its daemon over. While no server can be reached that isn't
// waited for longer than a call does: what isn't committed is done again elsewhere.
func (m *Mesh) awaitEnd(d *driver.Driver) {
	for {
		select {
		case <-d.Done():
			return
		case <-m.closing.Done():
			return
		case <-time.After(m.request):
			if !m.link.Up() {
				return
			}
		}
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
	k.driver.Want(m.wanted(k))
	if m.drain != nil && s.Turn && len(s.Standbys) > 0 {
		m.handOver(k, m.drain)
	}
}
