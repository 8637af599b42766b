// Package event owns what daemons process: events, and the parcels in which
// they travel.
package event

// Event is one event. Its payload belongs to whoever made it.
type Event struct {
	Origin   uint64 // who caused it: a daemon's id, or a number of the host's own
	Sequence uint64 // its number there
	Payload  []byte
}

// Meta is an event without its payload, which stands in the parcel's bytes.
// It holds no pointer, so that a whole array of them can be shown to C.
type Meta struct {
	Origin, Sequence uint64
	Offset, Length   uint64
}

// Parcel is a run of events whose payloads stand one after the other in one
// buffer, so that a batch costs two allocations however many events it has.
// What has been put in never changes; parcels are shared by all who receive
// them.
type Parcel struct {
	Metas []Meta
	Bytes []byte
}

// Len is the number of events.
func (p Parcel) Len() int { return len(p.Metas) }

// At returns one event. Its payload is nil if it is empty.
func (p Parcel) At(i int) Event {
	m := p.Metas[i]
	e := Event{Origin: m.Origin, Sequence: m.Sequence}
	if m.Length > 0 {
		e.Payload = p.Bytes[m.Offset : m.Offset+m.Length : m.Offset+m.Length]
	}
	return e
}

// Slice returns the events from..to of the parcel, sharing its memory.
func (p Parcel) Slice(from, to int) Parcel {
	return Parcel{p.Metas[from:to:to], p.Bytes}
}

// Add puts a copy of an event into the parcel. Slices taken before are not
// affected.
func (p *Parcel) Add(e Event) {
	p.Metas = append(p.Metas, Meta{e.Origin, e.Sequence, uint64(len(p.Bytes)), uint64(len(e.Payload))})
	p.Bytes = append(p.Bytes, e.Payload...)
}
