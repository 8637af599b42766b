// Package event owns the events that daemons process, and the batches that hold them.
package event

// Event is one event. Its payload belongs to whoever made it.
type Event struct {
	Origin   uint64 // where it comes from: a daemon's id, or a number that the host chose
	Sequence uint64 // its number at the origin
	Payload  []byte
}

// Meta is an event without its payload, which is in the batch's bytes. It holds
// no pointer, so that an array of them can be passed to C.
type Meta struct {
	Origin, Sequence uint64
	Offset, Length   uint64
}

// Batch is a sequence of events whose payloads lie back to back in one buffer, so that it
// costs two allocations however many events it has. Its events never change, and all
// receivers of a batch share it.
type Batch struct {
	Metas []Meta
	Bytes []byte
}

// Len returns the number of events.
func (b Batch) Len() int { return len(b.Metas) }

// At returns one event. Its payload is nil if it is empty.
func (b Batch) At(i int) Event {
	m := b.Metas[i]
	e := Event{Origin: m.Origin, Sequence: m.Sequence}
	if m.Length > 0 {
		e.Payload = b.Bytes[m.Offset : m.Offset+m.Length : m.Offset+m.Length]
	}
	return e
}

// Slice returns the events from (included) to to (excluded). It shares the
// batch's memory.
func (b Batch) Slice(from, to int) Batch {
	return Batch{b.Metas[from:to:to], b.Bytes}
}

// Add appends a copy of an event. Slices taken before are not affected.
func (b *Batch) Add(e Event) {
	b.Metas = append(b.Metas, Meta{e.Origin, e.Sequence, uint64(len(b.Bytes)), uint64(len(e.Payload))})
	b.Bytes = append(b.Bytes, e.Payload...)
}
