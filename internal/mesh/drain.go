//go:build mesh

package mesh

import (
	"context"
	"sync"
	"time"

	"netmeshos/internal/mesh/driver"
)

// Drain implements node.Mesh.
func (m *Mesh) Drain() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drain == nil {
		m.drain = make(chan struct{})
	}
	stop := m.drain
	var handing sync.WaitGroup
	var alone []*member // have no standby
	for _, k := range m.members {
		if k.driver == nil || !k.standing.Turn {
			continue
		}
		if len(k.standing.Standbys) > 0 {
			k.driver.Want(false)
			handed := m.handOver(k, stop)
			handing.Go(func() { <-handed })
		} else {
			alone = append(alone, k)
			handing.Go(func() { m.processAll(k, stop) })
		}
	}
	done := make(chan struct{})
	go func() { // ends with the drain
		defer close(done)
		handing.Wait()
		// What was processed may have had outputs for another daemon.
		for before := uint64(0); m.closing.Err() == nil; {
			now := m.committed()
			if now == before || isClosed(stop) {
				return
			}
			before = now
			for _, k := range alone {
				m.processAll(k, stop)
			}
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
		}
	}
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
		ctx, cancel := context.WithTimeout(m.closing, m.request)
		defer cancel()
		_ = m.dir.Yield(ctx, k.daemon.ID()) // it is free for all who have registered it anyway
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

// processAll has a daemon that has no standby process what waits for it.
func (m *Mesh) processAll(k *member, stop <-chan struct{}) {
	ctx, cancel := context.WithTimeout(m.closing, m.request)
	after := m.lastPosted(ctx, k.daemon.ID())
	cancel()
	answered := make(chan struct{})
	k.driver.Ask(&driver.Request{Verb: driver.Flush, After: after, Done: func(driver.Answer) { close(answered) }})
	select {
	case <-answered:
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
