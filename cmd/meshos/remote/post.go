package remote

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"netmeshos/internal/event"
	"netmeshos/internal/fault"
	"netmeshos/internal/mesh/driver"
)

// Bounds of what is stored at a time. A payload must fit a message with what is around it.
const (
	envelopeEvents = 4096
	around         = 4 << 10
)

// A Poster stores events for one daemon, envelope by envelope. It is one of many posters, and shares the room for what waits
// with the nodes.
type Poster struct {
	mesh     *Mesh
	daemon   uint64
	poster   *driver.Poster
	waiting  []event.Event
	bytes    int
	accepted uint64
}

// Poster returns a new one. Close it.
func (m *Mesh) Poster(daemon uint64) (*Poster, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	p := driver.NewPoster(m.Names, server{m}, 0, binary.LittleEndian.Uint64(random[:])|1, m.waitingMax)
	ctx, cancel := m.within()
	defer cancel()
	if err := p.ShareAlone(ctx, daemon); err != nil {
		p.Close()
		return nil, fmt.Errorf("%w: what waits for the daemon can't be read: %w", ErrUnreachable, err)
	}
	return &Poster{mesh: m, daemon: daemon, poster: p}, nil
}

// Close leaves to the others what is not needed for what waits.
func (p *Poster) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), p.mesh.options.Timeout)
	defer cancel()
	p.poster.Close()
	if err := p.poster.Leave(ctx); err != nil {
		return fmt.Errorf("%w: how much waits for the daemon can't be stored: %w", ErrUnreachable, err)
	}
	return nil
}

// Accepted is how many events the mesh has stored.
func (p *Poster) Accepted() uint64 { return p.accepted }

// Post takes an event. It is stored with others: see Flush.
func (p *Poster) Post(origin, sequence uint64, payload []byte) error {
	if most := p.mesh.conn.MaxPayload() - around; int64(len(payload)) > most {
		return errors.Join(p.Flush(), fmt.Errorf("event %d has %d bytes, at most %d fit a message", p.accepted+1, len(payload), most))
	}
	if len(p.waiting) == envelopeEvents || len(p.waiting) > 0 && p.bytes+len(payload) > driver.EnvelopeBytes {
		if err := p.Flush(); err != nil {
			return err
		}
	}
	p.waiting = append(p.waiting, event.Event{Origin: origin, Sequence: sequence, Payload: payload})
	p.bytes += len(payload)
	return nil
}

// roomAgain is how long it waits where there is no room.
const roomAgain = 100 * time.Millisecond

// Flush stores what waits. Where there is no room for it, it waits as long as an answer may take.
func (p *Poster) Flush() error {
	limit := p.mesh.options.Timeout
	rest := p.waiting
	p.waiting, p.bytes = nil, 0
	for began := time.Now(); len(rest) > 0; {
		n, err := p.poster.Post(p.daemon, rest, limit)
		p.accepted += uint64(n) //nolint:gosec // not negative
		if rest = rest[n:]; n > 0 {
			began = time.Now()
		}
		switch {
		case err == nil:
		case err.Kind == fault.QueueFull && time.Since(began) < limit:
			time.Sleep(roomAgain)
		case err.Kind == fault.MeshUnavailable, err.Kind == fault.Timeout:
			return fmt.Errorf("%w: after %d events: %w", ErrUnreachable, p.accepted, err)
		default:
			return fmt.Errorf("%s: after %d events: %w", err.Kind, p.accepted, err)
		}
	}
	return nil
}
