package event

import "sync"

// Memory is what a parcel stands in that one owner fills, shows, and gives up:
// then it becomes that of another one. So events cost no allocation each time.
type Memory struct {
	metas []Meta
	bytes []byte
}

// Memory for more events, or more bytes of payload, is not used again.
const (
	keptEvents = 1 << 12
	keptBytes  = 1 << 18
)

var memories = sync.Pool{New: func() any { return new(Memory) }}

// NewMemory returns memory with room for so many events and bytes of payload.
func NewMemory(events, size int) *Memory {
	m := memories.Get().(*Memory)
	if cap(m.metas) < events {
		m.metas = make([]Meta, 0, events)
	}
	if cap(m.bytes) < size {
		m.bytes = make([]byte, 0, size)
	}
	return m
}

// Pack copies events into memory.
func Pack(events []Event) *Memory {
	size := 0
	for i := range events {
		size += len(events[i].Payload)
	}
	m := NewMemory(len(events), size)
	for i := range events {
		m.Add(&events[i])
	}
	return m
}

// Add puts a copy of an event in. Parcels that were shown before are not
// affected.
func (m *Memory) Add(e *Event) {
	m.metas = append(m.metas, Meta{e.Origin, e.Sequence, uint64(len(m.bytes)), uint64(len(e.Payload))})
	m.bytes = append(m.bytes, e.Payload...)
}

// Parcel shows what is in the memory now.
func (m *Memory) Parcel() Parcel { return Parcel{m.metas, m.bytes} }

// Free gives the memory up: no parcel of it is looked at any more.
func (m *Memory) Free() {
	if cap(m.metas) > keptEvents || cap(m.bytes) > keptBytes {
		return
	}
	m.metas, m.bytes = m.metas[:0], m.bytes[:0]
	memories.Put(m)
}
