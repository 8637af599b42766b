package wire

import (
	"encoding/binary"

	"netmeshos/internal/event"
)

// Envelope is what one message on a daemon's inbox has: events that were accepted together, in
// order. The poster numbers its envelopes for each daemon, so that one that was stored twice is
// known again.
type Envelope struct {
	ID     ID // of the poster; the counter is that of its envelopes for this daemon, from 1
	Events event.Batch
}

// In an event's head, the lowest bits say what is left out.
const (
	sameOrigin   = 1 // the origin is that of the event before
	nextSequence = 2 // the sequence is one more than that of the event before
	headBits     = 2
)

// AppendEnvelope appends an envelope.
func AppendEnvelope(to []byte, id ID, events event.Batch) []byte {
	to = appendBegin(to, id, len(events.Metas))
	var h heads
	for i := range events.Metas {
		m := &events.Metas[i]
		to = h.append(to, m.Origin, m.Sequence, m.Length)
	}
	return appendPayloads(to, events)
}

// AppendEnvelopeOf appends an envelope of the events of several lists.
func AppendEnvelopeOf(to []byte, id ID, lists ...[]event.Event) []byte {
	count := 0
	for _, events := range lists {
		count += len(events)
	}
	to = appendBegin(to, id, count)
	var h heads
	for _, events := range lists {
		for i := range events {
			e := &events[i]
			to = h.append(to, e.Origin, e.Sequence, uint64(len(e.Payload)))
		}
	}
	for _, events := range lists {
		for i := range events {
			to = append(to, events[i].Payload...)
		}
	}
	return to
}

func appendBegin(to []byte, id ID, count int) []byte {
	to = append(to, KindEnvelope, Version)
	to = appendID(to, id)
	return binary.AppendUvarint(to, uint64(count)) //nolint:gosec // not negative
}

// heads writes the heads of events that follow each other.
type heads struct{ origin, sequence uint64 }

func (h *heads) append(to []byte, origin, sequence, length uint64) []byte {
	head := length << headBits
	if origin == h.origin {
		head |= sameOrigin
	}
	if sequence == h.sequence+1 {
		head |= nextSequence
	}
	to = binary.AppendUvarint(to, head)
	if head&sameOrigin == 0 {
		to = binary.LittleEndian.AppendUint64(to, origin)
	}
	if head&nextSequence == 0 {
		to = binary.AppendUvarint(to, sequence)
	}
	h.origin, h.sequence = origin, sequence
	return to
}

func appendPayloads(to []byte, events event.Batch) []byte {
	for i := range events.Metas {
		m := &events.Metas[i]
		to = append(to, events.Bytes[m.Offset:m.Offset+m.Length]...)
	}
	return to
}

// ReadEnvelope reads an envelope. Its events are in data, and their metas in the given memory
// if that is large enough.
func ReadEnvelope(data []byte, metas []event.Meta) (Envelope, error) {
	r := open(data, KindEnvelope, "envelope")
	e := Envelope{ID: r.id("the poster of the envelope")}
	n := r.count(1, "events")
	if cap(metas) < n {
		metas = make([]event.Meta, 0, n)
	}
	metas = metas[:0]
	var origin, sequence, offset uint64
	for range n {
		head := r.uvarint("the head of an event")
		if head&sameOrigin == 0 {
			origin = r.u64("the origin of an event")
		}
		if head&nextSequence == 0 {
			sequence = r.uvarint("the sequence of an event")
		} else {
			sequence++
		}
		length := head >> headBits
		if length > uint64(len(r.data))-min(offset, uint64(len(r.data))) {
			r.fail("a payload of %d bytes is cut off", length)
		}
		if r.err != nil {
			return Envelope{}, r.err
		}
		metas = append(metas, event.Meta{Origin: origin, Sequence: sequence, Offset: offset, Length: length})
		offset += length
	}
	e.Events = event.Batch{Metas: metas, Bytes: r.take(offset, "the payloads")}
	if err := r.end("envelope"); err != nil {
		return Envelope{}, err
	}
	return e, nil
}
