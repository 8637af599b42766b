package main

import "go.uber.org/atomic"

const (
	chunkBits = 8
	chunkSize = 1 << chunkBits
	chunks    = 1 << (24 - chunkBits) // slot indices have 24 bits, see slots.h
)

// table finds the Go side of a cell by the cell's slot index. Reads take no
// lock. The zero value is an empty table.
type table[T any] struct {
	chunks [chunks]atomic.Pointer[[chunkSize]atomic.Pointer[T]]
}

func (t *table[T]) get(index uint32) *T {
	chunk := t.chunks[index>>chunkBits].Load()
	if chunk == nil {
		return nil
	}
	return chunk[index%chunkSize].Load()
}

func (t *table[T]) set(index uint32, entry *T) {
	at := &t.chunks[index>>chunkBits]
	if at.Load() == nil {
		at.CompareAndSwap(nil, new([chunkSize]atomic.Pointer[T]))
	}
	at.Load()[index%chunkSize].Store(entry)
}
