package event

import (
	"math/bits"
	"sync"
)

// Arena is reusable memory for one batch. Its owner fills it, reads it as a batch, and
// frees it; then another owner gets it. So most events cost no allocation.
type Arena struct {
	metas []Meta
	bytes []byte
}

const (
	keptEvents = 1 << 12 // arenas for more are not reused but left to the garbage collector
	smallBytes = 1 << 18 // arenas for more are large
	keptBytes  = 1 << 23 // as keptEvents
)

var arenas = sync.Pool{New: func() any { return new(Arena) }}

// large has the large arenas by size. They have a pool for each power of two, because a
// small event in a large arena would keep all of it. New memory costs more than the copy
// into it: the kernel gives it page by page.
var large [32]sync.Pool

func sizeClass(size int) *sync.Pool { return &large[bits.Len(uint(size-1))] }

// NewArena returns an empty arena with room for so many events and bytes of
// payload.
func NewArena(events, size int) *Arena {
	var a *Arena
	if size <= smallBytes {
		a = arenas.Get().(*Arena)
	} else if size > keptBytes {
		a = new(Arena)
	} else if a, _ = sizeClass(size).Get().(*Arena); a == nil {
		a = new(Arena)
	}
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
	if cap(a.bytes) > smallBytes {
		sizeClass(cap(a.bytes)).Put(a)
		return
	}
	arenas.Put(a)
}
