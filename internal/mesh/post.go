//go:build mesh

package mesh

import (
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/driver"
	"netmeshos/internal/mesh/meshed"
)

// Post implements node.Mesh.
func (m *Mesh) Post(id uint64, events []event.Event, limit time.Duration) (accepted int, err *fault.Error) {
	if err := m.takesPosts(id); err != nil {
		return 0, err
	}
	began := time.Now()
	for {
		var n int
		n, err = m.poster.Post(id, events[accepted:], m.request)
		accepted += n
		if err == nil || err.Kind != fault.QueueFull || limit >= 0 && time.Since(began)+meshed.RoomAgain > limit {
			return accepted, err
		}
		if !clock.Sleep(m.closing, meshed.RoomAgain) {
			return accepted, errLeft
		}
	}
}

// PostLater implements node.Mesh.
func (m *Mesh) PostLater(id uint64, events []event.Event, done func(accepted int, err *fault.Error)) {
	if err := m.takesPosts(id); err != nil {
		done(0, err)
		return
	}
	m.poster.Begin(id, events, m.request, done)
}

func (m *Mesh) takesPosts(id uint64) *fault.Error {
	if !m.Knows(id) {
		return errUnknownID(id)
	}
	if m.set.Load().Stopped(id) {
		return driver.ErrStopped
	}
	return nil
}

// Subscribe implements node.Mesh.
func (m *Mesh) Subscribe(from, to uint64) *fault.Error {
	if err := m.knowBoth(from, to); err != nil {
		return err
	}
	ctx, cancel := m.limited(m.request)
	defer cancel()
	return m.set.Load().Subscribe(ctx, from, to)
}

// Unsubscribe implements node.Mesh.
func (m *Mesh) Unsubscribe(from, to uint64) *fault.Error {
	if err := m.knowBoth(from, to); err != nil {
		return err
	}
	ctx, cancel := m.limited(m.request)
	defer cancel()
	return m.set.Load().Unsubscribe(ctx, from, to)
}

func (m *Mesh) knowBoth(from, to uint64) *fault.Error {
	for _, id := range []uint64{from, to} {
		if !m.Knows(id) {
			return errUnknownID(id)
		}
	}
	return nil
}
