//go:build mesh

package mesh

import (
	"time"

	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/driver"
	"netmeshos/internal/mesh/link"
	"netmeshos/internal/mesh/wire"
)

// headRoom is what the line of a call or an answer takes at most.
const headRoom = 1024

// partBytes is how long a part of a parcel is.
func (m *Mesh) partBytes() int { return m.link.MaxData() - headRoom }

// serve answers another node. It runs on a goroutine of the link, and must not block.
func (m *Mesh) serve(r link.Request) {
	respond := func(a answer) { m.respond(r, a) }
	c, err := decodeCall(r.Data)
	if err != nil {
		respond(failure(fault.New(fault.InvalidArgument, "the call of another node can't be read: %w", err)))
		return
	}
	if _, held := m.dir.Held(); !held && c.Instance != "" && c.Instance != link.Hex(m.dir.Instance()) {
		return // another run of this node has taken its place, and answers
	}
	switch c.Verb {
	case verbPart:
		if !m.parcels.append(c.Parcel, c.Offset, c.Size, c.body) {
			respond(failure(fault.New(fault.InvalidState, "a part of a state doesn't fit those before it, or too many are on their way")))
			return
		}
		respond(answer{})
	case verbMore:
		part, known := m.parcels.part(c.Parcel, c.Offset, m.partBytes())
		if !known {
			respond(failure(fault.New(fault.InvalidState, "what was to be fetched is not kept any more")))
			return
		}
		respond(answer{body: part})
	case verbStop, verbRestart:
		m.serveLife(c, respond)
	default:
		m.serveDriver(c, respond)
	}
}

// serveDriver has a driver do what is asked.
func (m *Mesh) serveDriver(c call, respond func(answer)) {
	q := &driver.Request{After: c.After}
	switch c.Verb {
	case verbDeliver:
		q.Verb, q.Event = driver.Deliver, event.Event{Origin: c.Origin, Sequence: c.Sequence, Payload: c.body}
	case verbFlush:
		q.Verb = driver.Flush
	case verbSnapshot:
		q.Verb = driver.Snapshot
	case verbRestore:
		q.Verb, q.State = driver.GiveBack, c.body
		if c.Parcel != 0 {
			state, whole := m.parcels.take(c.Parcel)
			if !whole {
				respond(failure(fault.New(fault.InvalidState, "the state has not come in full")))
				return
			}
			q.State = state
		}
	default:
		respond(failure(fault.New(fault.Unsupported, "this node doesn't know the call %q: it has an older library", c.Verb)))
		return
	}
	d := m.driverOf(c.ID)
	if d == nil || !d.Owns() {
		respond(answer{Elsewhere: true})
		return
	}
	if c.Verb == verbDeliver {
		if why := m.refusesDelivers(c.ID); why != nil {
			respond(failure(why))
			return
		}
	}
	q.Done = func(got driver.Answer) {
		switch {
		case got.Err != nil:
			a := failure(got.Err)
			a.Elsewhere = isElsewhere(got.Err)
			respond(a)
		case c.Verb == verbDeliver && got.Outputs.Len() > 0:
			respond(answer{body: wire.AppendEnvelope(nil, wire.ID{}, got.Outputs)})
		default:
			respond(answer{body: got.State, Some: got.State != nil})
		}
	}
	d.Ask(q)
}

// isElsewhere reports whether nothing was done because another node runs the daemon, or soon will.
func isElsewhere(err *fault.Error) bool {
	return err.Kind == fault.NotFound || err.Kind == fault.MeshUnavailable
}

// serveLife stops or restarts a daemon of this node.
func (m *Mesh) serveLife(c call, respond func(answer)) {
	m.mu.Lock()
	k := m.members[c.ID]
	runs := k != nil && k.driver != nil && k.driver.Owns()
	if runs {
		m.tasks.Add(1)
	}
	m.mu.Unlock()
	if !runs {
		respond(answer{Elsewhere: true})
		return
	}
	go func() { // ends with the grace time
		defer m.tasks.Done()
		var err *fault.Error
		if c.Verb == verbStop {
			err = k.daemon.StopLocal(c.GraceMS)
		} else {
			err = k.daemon.RestartLocal()
		}
		if err != nil {
			respond(failure(err))
			return
		}
		respond(answer{})
	}()
}

// respond sends an answer, or the beginning of one, on a goroutine of the mesh.
func (m *Mesh) respond(r link.Request, a answer) {
	if most := m.partBytes(); len(a.body) > most {
		number, ok := m.parcels.add(a.body)
		if !ok {
			a = failure(fault.New(fault.QueueFull, "too many answers of more than a message are on their way"))
		} else {
			a.Parcel, a.Size, a.body = number, len(a.body), a.body[:most]
		}
	}
	data := a.encode()
	if r.RespondHere(data) == nil {
		return
	}
	m.tasks.Add(1)
	go func() { // ends when the link has taken it, or nobody waits any more
		defer m.tasks.Done()
		for over := time.Now().Add(m.request); r.Respond(data) != nil && time.Now().Before(over) && clock.Sleep(m.closing, askAgain); {
			continue // the connection is lost, or not quite there again
		}
	}()
}
