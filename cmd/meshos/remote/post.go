package remote

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"netmeshos/internal/event"
	"netmeshos/internal/mesh/wire"
)

// Bounds of an envelope. A payload must fit a message with what is around it.
const (
	envelopeBytes  = 256 << 10
	envelopeEvents = 4096
	around         = 4 << 10
)

// A Poster stores events for one daemon, envelope by envelope. It is one of many posters: its envelopes carry a number
// of its own, by which the daemon knows one that was stored twice.
type Poster struct {
	mesh     *Mesh
	subject  string
	id       wire.ID
	waiting  event.Batch
	accepted uint64
}

// Poster returns a new one.
func (m *Mesh) Poster(daemon uint64) *Poster {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	return &Poster{mesh: m, subject: m.Names.In(daemon), id: wire.ID{Instance: binary.LittleEndian.Uint64(random[:]) | 1}}
}

// Accepted is how many events the mesh has stored.
func (p *Poster) Accepted() uint64 { return p.accepted }

// Post takes an event. It is stored with others: see Flush.
func (p *Poster) Post(origin, sequence uint64, payload []byte) error {
	if most := p.mesh.conn.MaxPayload() - around; int64(len(payload)) > most {
		return errors.Join(p.Flush(), fmt.Errorf("event %d has %d bytes, at most %d fit a message", p.accepted+1, len(payload), most))
	}
	if len(p.waiting.Metas) == envelopeEvents || len(p.waiting.Metas) > 0 && len(p.waiting.Bytes)+len(payload) > envelopeBytes {
		if err := p.Flush(); err != nil {
			return err
		}
	}
	p.waiting.Add(event.Event{Origin: origin, Sequence: sequence, Payload: payload})
	return nil
}

// tries is how often an envelope is stored until the server says that it has it. Its id keeps it from being there twice.
const tries = 5

// Flush stores what waits.
func (p *Poster) Flush() error {
	n := uint64(len(p.waiting.Metas))
	if n == 0 {
		return nil
	}
	p.id.Counter++
	data := wire.AppendEnvelope(nil, p.id, p.waiting)
	p.waiting = event.Batch{}
	var err error
	for range tries {
		if _, err = p.mesh.js.Publish(p.subject, data, nats.MsgId(p.id.String())); err == nil {
			p.accepted += n
			return nil
		}
		var api *nats.APIError
		if errors.As(err, &api) && api.ErrorCode == noRoom {
			return fmt.Errorf("the servers have no room: %s", api.Description)
		}
	}
	return fmt.Errorf("%w: after %d events: %w", ErrUnreachable, p.accepted, err)
}

// noRoom is JetStream's code for a full store.
const noRoom nats.ErrorCode = 10047
