//go:build mesh

package mesh

import (
	"context"
	"sync"
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/driver"
)

// errDraining is what delivers get from a node in maintenance for a daemon that no other can run.
var errDraining = fault.New(fault.Draining, "the node that runs the daemon is in maintenance, and takes no events until it exits it")

// Drain implements node.Mesh. What no other node can run processes what has been stored before, and then nothing
// until Undrain: what is posted meanwhile waits.
func (m *Mesh) Drain() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drain == nil {
		m.drain = make(chan struct{})
	}
	stop := m.drain
	var handing sync.WaitGroup
	var alone []*member // have no standby
	waits := false
	for _, k := range m.members {
		switch {
		case k.driver == nil:
			continue
		case !k.driver.Owns():
			k.driver.Want(m.wanted(k))
			k.driver.Hold(errDraining)
			m.handOver(k, stop) // so that those that don't drain come before it
			continue
		case len(k.standing.Standbys) > 0:
			k.driver.Want(false)
			handed := m.handOver(k, stop)
			handing.Go(func() { <-handed })
		default:
			alone = append(alone, k)
			handing.Go(func() { m.processAll(k, stop) })
		}
		waits = true
	}
	done := make(chan struct{})
	if !waits {
		close(done)
		return done
	}
	go func() { // ends with the drain
		defer close(done)
		handing.Wait()
		// What was processed may have had outputs for another daemon, and so on, through all of them. But who
		// posts from elsewhere keeps no drain from ending.
		before := uint64(0)
		for range alone {
			now := m.committed()
			if now == before || isClosed(stop) || m.closing.Err() != nil {
				break
			}
			before = now
			for _, k := range alone {
				m.processAll(k, stop)
			}
		}
		for _, k := range alone {
			m.holdDrained(k, stop)
		}
	}()
	return done
}

// Undrain implements node.Mesh.
func (m *Mesh) Undrain() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drain == nil {
		return
	}
	close(m.drain)
	m.drain = nil
	for _, k := range m.members {
		if k.driver != nil {
			k.driver.Want(m.wanted(k))
			k.driver.Hold(nil)
			m.comeBack(k)
		}
	}
}

// comeBack has this node have its turn again where it was passed over in a drain. It needs mu held.
func (m *Mesh) comeBack(k *member) {
	m.tasks.Add(1)
	go func() { // ends when the servers know, with the daemon, or with the next drain
		defer m.tasks.Done()
		for {
			ctx, cancel := context.WithTimeout(m.closing, m.request)
			err := m.dir.Return(ctx, k.daemon.ID())
			cancel()
			if err == nil || !clock.Sleep(m.closing, askAgain) {
				return
			}
			m.mu.Lock()
			over := m.drain != nil || k.leaving
			m.mu.Unlock()
			if over {
				return
			}
		}
	}()
}

// handOver has the next node run a daemon, which this one runs. It needs mu held.
func (m *Mesh) handOver(k *member, stop <-chan struct{}) <-chan struct{} {
	done := make(chan struct{})
	if k.yielding {
		close(done)
		return done
	}
	k.yielding = true
	m.tasks.Add(1)
	go func() { // ends with the hand-over, or with the drain
		defer m.tasks.Done()
		defer close(done)
		defer func() {
			m.mu.Lock()
			k.yielding = false
			m.mu.Unlock()
		}()
		for k.driver.Owns() {
			if m.isWanted(k) { // who stood by has gone
				m.processAll(k, stop)
				m.holdDrained(k, stop)
				return
			}
			select {
			case <-stop:
				return
			case <-k.driver.Done():
				return
			case <-m.closing.Done():
				return
			case <-time.After(5 * time.Millisecond): // it is a matter of one commit
			}
		}
		m.holdDrained(k, stop)
		ctx, cancel := context.WithTimeout(m.closing, m.request)
		defer cancel()
		_ = m.dir.Yield(ctx, k.daemon.ID(), true) // it is free for all who have registered it anyway
		m.mu.Lock()
		if isClosed(stop) { // it was over before
			m.comeBack(k)
		}
		m.mu.Unlock()
	}()
	return done
}

// committed is a number that grows with every commit of a daemon of this node.
func (m *Mesh) committed() (sum uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.members {
		if k.driver != nil {
			sum += k.driver.Status().Committed
		}
	}
	return sum
}

// processAll has a daemon that has no standby process what waits for it, and what this node is about to store for it.
func (m *Mesh) processAll(k *member, stop <-chan struct{}) {
	ctx, cancel := context.WithTimeout(m.closing, m.request)
	for !m.poster.IsIdle(k.daemon.ID()) && clock.Sleep(ctx, time.Millisecond) {
	}
	after := m.lastPosted(ctx, k.daemon.ID())
	cancel()
	answered := make(chan struct{})
	k.driver.Ask(&driver.Request{Verb: driver.Flush, After: after, Done: func(driver.Answer) { close(answered) }})
	select {
	case <-answered: // also by a daemon that is stopped, which processes nothing
	case <-stop:
	case <-m.closing.Done():
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// holdDrained has a daemon process nothing more, unless the drain is over.
func (m *Mesh) holdDrained(k *member, stop <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-stop:
	default:
		k.driver.Hold(errDraining)
	}
}

func (m *Mesh) isWanted(k *member) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wanted(k)
}

// refusesDelivers says why a daemon of this node takes no delivers, as on its own node; nil: it takes them, or another
// node does soon.
func (m *Mesh) refusesDelivers(id uint64) *fault.Error {
	m.mu.Lock()
	k := m.members[id]
	if k == nil || k.leaving {
		m.mu.Unlock()
		return nil
	}
	alone := len(k.standing.Standbys) == 0
	drains := m.drain != nil && m.wanted(k)
	m.mu.Unlock()
	switch {
	case alone && drains:
		return errDraining
	case alone || k.daemon.IsStopping(): // nobody takes over what is stopped
		return k.daemon.Refusal()
	}
	return nil
}
