package main

// #include <stdlib.h>
// #include "cells.h"
// #include "frames.h"
import "C"

import (
	"unsafe"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/backpressure"
	"netmeshos/internal/event"
)

// backpressure.Shared is laid out as struct waiting: otherwise one of these constants
// overflows.
const (
	_ = -(unsafe.Sizeof(backpressure.Shared{}) ^ unsafe.Sizeof(C.struct_waiting{}))
	_ = -(unsafe.Offsetof(backpressure.Shared{}.Mark) ^ unsafe.Offsetof(C.struct_waiting{}.mark))
)

func waitingOf(cell *C.struct_sdk_cell) *backpressure.Shared {
	return (*backpressure.Shared)(unsafe.Pointer(&cell.waiting))
}

//export goMarkPassed
func goMarkPassed(cell *C.struct_sdk_cell, waiting C.int64_t) {
	var f failure
	defer guard(&f)
	nodeOf(cell).MarkPassed(int64(waiting))
}

// stage is the stage of a daemon's cell as an actor.Stage. Its numbers are changed here
// without a crossing, as C does it: with atomic instructions.
type stage struct{ cell *C.struct_daemon_cell }

// Stage implements actor.Staged.
func (c callbacks) Stage() actor.Stage { return stage(c) }

func (s stage) room() *atomic.Int64    { return (*atomic.Int64)(unsafe.Pointer(&s.cell.stage.room)) }
func (s stage) staged() *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&s.cell.stage.staged)) }

// Open implements actor.Stage.
func (s stage) Open(room int) {
	s.room().Store(int64(room))
	C.stage_open(s.cell)
}

// Close implements actor.Stage.
func (s stage) Close() { C.stage_close(s.cell) }

// Staged implements actor.Stage.
func (s stage) Staged() int { return int(s.staged().Load()) }

// AddRoom implements actor.Stage.
func (s stage) AddRoom(n int) { s.room().Add(int64(n)) }

// TakeRoom implements actor.Stage.
func (s stage) TakeRoom(n int) int {
	for {
		room := s.room().Load()
		took := max(0, min(int64(n), room))
		if took == 0 || s.room().CompareAndSwap(room, room-took) {
			return int(took)
		}
	}
}

// Take implements actor.Stage.
func (s stage) Take(each func(event.Batch, actor.Memory)) {
	for c := C.stage_take(s.cell); c != nil; {
		next := c.next
		each(batchOf(c), (*chunk)(c))
		c = next
	}
}

// chunk is a C chunk as an actor.Memory.
type chunk C.struct_chunk

// batchOf returns the events of a chunk, which stay in it.
func batchOf(c *C.struct_chunk) event.Batch {
	metas := unsafe.Add(unsafe.Pointer(c), unsafe.Sizeof(*c))
	return event.Batch{
		Metas: unsafe.Slice((*event.Meta)(metas), int(c.count)),
		Bytes: unsafe.Slice((*byte)(unsafe.Pointer(c)), int(c.size)),
	}
}

// Free implements actor.Memory. It gives the chunk back
// to C without a crossing.
func (c *chunk) Free() {
	if c.class == C.CHUNK_CLASSES { // of its own size: nobody takes it again
		C.free(unsafe.Pointer(c))
		return
	}
	head := (*atomic.Uintptr)(unsafe.Pointer(&C.chunks_given_back))
	for {
		old := head.Load()
		*(*uintptr)(unsafe.Pointer(&c.next)) = old
		if head.CompareAndSwap(old, uintptr(unsafe.Pointer(c))) {
			return
		}
	}
}
