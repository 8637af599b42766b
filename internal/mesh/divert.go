//go:build mesh

package mesh

import (
	"fmt"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
	"netmeshos/internal/mesh/meshed"
)

// divert stores events that a host has put straight into the inbox of a daemon that this node doesn't run any more, so
// that the one that does gets them. It doesn't wait.
func (m *Mesh) divert(id uint64, events []event.Event) {
	m.tasks.Add(1)
	m.poster.Begin(id, events, m.request, func(accepted int, err *fault.Error) {
		if err == nil {
			m.tasks.Done()
			return
		}
		go func() { // ends when they are stored, or the node is closed
			defer m.tasks.Done()
			m.divertAgain(id, events[accepted:], err)
		}()
	})
}

func (m *Mesh) divertAgain(id uint64, events []event.Event, err *fault.Error) {
	for len(events) > 0 && err != nil && err.Kind != fault.InvalidArgument && clock.Sleep(m.closing, meshed.RoomAgain) {
		var n int
		n, err = m.poster.Post(id, events, m.request)
		events = events[n:]
	}
	if len(events) > 0 {
		m.host.Log(logs.Error, id, fmt.Sprintf("%d events that were posted on this node, and not processed before another one took the daemon over, are lost: %v", len(events), err))
	}
}
