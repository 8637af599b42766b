package main

// #include "cells.h"
// #include "frames.h"
// #include "run.h"
import "C"

import (
	"time"
	"unsafe"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/event"
)

// timedDelivers is how many delivers with a lent token there are for one that is timed
// exactly.
const timedDelivers = 128

func (s stage) token() *atomic.Uintptr {
	return (*atomic.Uintptr)(unsafe.Pointer(&s.cell.loan.token))
}

func (s stage) events() *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&s.cell.loan.events))
}

func (s stage) outputs() *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&s.cell.loan.outputs))
}

// Lend implements actor.Lender.
func (s stage) Lend(next uint64) {
	l := &s.cell.loan
	l.first, l.untimed = C.uint64_t(next), timedDelivers-1
	C.stage_note_way(s.cell)
	s.token().Store(C.LOAN_IDLE)
}

// Recall implements actor.Lender.
func (s stage) Recall() (running actor.Native, since time.Duration) {
	for {
		if s.token().CompareAndSwap(C.LOAN_IDLE, C.LOAN_NONE) {
			return nil, 0
		}
		run := s.token().Load()
		if run != C.LOAN_IDLE && s.token().CompareAndSwap(run, run|C.LOAN_WANTED) {
			r := (*C.struct_run)(pointer(run))
			return native{r}, time.Duration(r.request.start)
		}
	}
}

// Processed implements actor.Lender.
func (s stage) Processed() (events, outputs uint64) {
	return s.events().Load(), s.outputs().Load()
}

// Settle implements actor.Lender.
func (s stage) Settle() (events, outputs uint64) {
	events, outputs = s.Processed()
	s.events().Store(0)
	s.outputs().Store(0)
	s.token().Store(C.LOAN_NONE)
	return events, outputs
}

// pointer is a number of C's as a pointer to C's memory, which never moves.
func pointer(number uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&number)) }

//export goReturned
func goReturned(cell *C.struct_daemon_cell, run *C.struct_run, origin, sequence C.uint64_t, payload *C.uint8_t, length C.size_t) (f failure) {
	defer guard(&f)
	e := event.Event{Origin: uint64(origin), Sequence: uint64(sequence), Payload: payloadAt(payload, length)}
	return failed(daemonOf(cell).daemon.Actor().Returned(e), C.MESHOS_E_SDK_DOWN)
}

//export goAbandoned
func goAbandoned(cell *C.struct_daemon_cell) (f failure) {
	defer guard(&f)
	daemonOf(cell).daemon.Actor().Abandon()
	return C.MESHOS_OK
}
