package event

import "sync"

// Arena is reusable memory for one batch. Its owner fills it, reads it as a batch, and
// frees it; then another owner gets it. So most events cost no allocation.
type Arena struct {
	metas []Meta
	bytes []byte
}

// Larger arenas are not reused but left to the garbage collector.
const (
	keptEvents = 1 << 12
	keptBytes  = 1 << 18
)

var arenas = sync.Pool{New: func() any { return new(Arena) }}

// NewArena returns an empty arena with room for so many events and bytes of
// payload.
func NewArena(events, size int) *Arena {
	a := arenas.Get().(*Arena)
	if cap(a.metas) < events {
		a.metas = make([]Meta, 0, events)
	}
	if cap(a.bytes) < size {
		a.bytes = make([]byte, 0, size)
	}
	return a
}

// Pack copies events into an arena.
func Pack(events []Event) *Arena {
	size := 0
	for i := range events {
		size += len(events[i].Payload)
	}
	a := NewArena(len(events), size)
	for i := range events {
		a.Add(&events[i])
	}
	return a
}

// Add appends a copy of an event. Batches returned before are not affected.
func (a *Arena) Add(e *Event) {
	a.metas = append(a.metas, Meta{e.Origin, e.Sequence, uint64(len(a.bytes)), uint64(len(e.Payload))})
	a.bytes = append(a.bytes, e.Payload...)
}

// Batch returns the events that are in the arena now.
func (a *Arena) Batch() Batch { return Batch{a.metas, a.bytes} }

// Free returns the arena for reuse. No batch of it may be used afterwards.
func (a *Arena) Free() {
	if cap(a.metas) > keptEvents || cap(a.bytes) > keptBytes {
		return
	}
	a.metas, a.bytes = a.metas[:0], a.bytes[:0]
	arenas.Put(a)
}
