package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
// #include "gather.h"
import "C"

import (
	"sync"
	"time"
	"unsafe"

	"go.uber.org/atomic"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
	"netmeshos/internal/fault"
)

func payloadAt(p *C.uint8_t, n C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n))
}

// payloadOf doesn't look at the pointer of an empty payload, which may be any:
// Go aborts when it finds a small number where a pointer should be.
func payloadOf(e *C.NetMeshOsEvent) []byte {
	if e.payload_len == 0 {
		return nil
	}
	return payloadAt(e.payload, e.payload_len)
}

// replies are sinks for the output function of a Deliver, which is over when it returns.
var replies = sync.Pool{New: func() any { return new(sink) }}

//export goDeliver
func goDeliver(cell *C.struct_sdk_cell, began C.uint64_t, rough C.bool, id, origin, sequence C.uint64_t, payload *C.uint8_t, length C.size_t, fn, ctx C.uintptr_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	e := event.Event{Origin: uint64(origin), Sequence: uint64(sequence), Payload: payloadAt(payload, length)}
	var reply actor.Sink
	if fn != 0 {
		own := replies.Get().(*sink)
		defer replies.Put(own)
		own.fn, own.ctx = *(*C.NetMeshOsOutputFn)(unsafe.Pointer(&fn)), ctx
		reply = own
	}
	start := actor.Start{At: time.Duration(began), Rough: bool(rough)}
	return failed(nodeOf(cell).Deliver(uint64(id), e, reply, start, callerOf(frame)), C.MESHOS_E_SDK_DOWN)
}

// batches are slices for the events of a Post, which is over when it returns.
var batches = sync.Pool{New: func() any { return new([]event.Event) }}

//export goPost
func goPost(cell *C.struct_sdk_cell, id C.uint64_t, events *C.NetMeshOsEvent, n C.size_t, accepted *C.size_t) (f failure) {
	defer guard(&f)
	pooled := batches.Get().(*[]event.Event)
	defer batches.Put(pooled)
	batch := (*pooled)[:0]
	for i := range int(n) {
		e := &unsafe.Slice(events, int(n))[i]
		batch = append(batch, event.Event{Origin: uint64(e.origin_hash), Sequence: uint64(e.sequence), Payload: payloadOf(e)})
	}
	took, err := nodeOf(cell).Post(uint64(id), batch)
	clear(batch)
	*pooled = batch
	*accepted = C.size_t(took)
	return failed(err, C.MESHOS_E_SDK_DOWN)
}

// later is a list of posts that is under way.
type later struct {
	first  *C.struct_posting
	events []event.Event
	ended  atomic.Bool
	end    func(accepted int, err *fault.Error)
}

var laters sync.Pool

func newLater() *later {
	if l := laters.Get(); l != nil {
		return l.(*later)
	}
	l := &later{}
	l.end = l.finish
	return l
}

// finish ends the list, unless it has ended.
func (l *later) finish(accepted int, err *fault.Error) {
	if l.ended.Swap(true) {
		return
	}
	f, message := outcome(err, C.MESHOS_E_SDK_DOWN)
	first := l.first
	clear(l.events)
	laters.Put(l)
	C.gather_end(first, C.size_t(accepted), f, (*C.char)(unsafe.Pointer(unsafe.StringData(message))), C.size_t(len(message)))
}

//export goPostLater
func goPostLater(cell *C.struct_sdk_cell, id C.uint64_t, first *C.struct_posting) (f failure) {
	defer guard(&f)
	n := nodeOf(cell)
	l := newLater()
	l.first, l.events = first, l.events[:0]
	l.ended.Store(false)
	for p := first; p != nil; p = C.posting_next(p) {
		e := C.posting_event(p)
		l.events = append(l.events, event.Event{Origin: uint64(e.origin_hash), Sequence: uint64(e.sequence), Payload: payloadOf(e)})
	}
	defer func() {
		if cause := recover(); cause != nil && !l.ended.Swap(true) {
			panic(cause) // what comes of it later goes to nobody
		}
	}()
	n.PostLater(uint64(id), l.events, l.end)
	return C.MESHOS_OK
}

//export goPostWait
func goPostWait(cell *C.struct_sdk_cell, id C.uint64_t, events *C.NetMeshOsEvent, n C.size_t, timeoutMS C.uint64_t, accepted *C.size_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	batch := make([]event.Event, int(n))
	for i := range batch {
		e := &unsafe.Slice(events, int(n))[i]
		batch[i] = event.Event{Origin: uint64(e.origin_hash), Sequence: uint64(e.sequence), Payload: payloadOf(e)}
	}
	took, err := nodeOf(cell).PostWait(uint64(id), batch, clock.Milliseconds(uint64(timeoutMS)), callerOf(frame))
	*accepted = C.size_t(took)
	return failed(err, C.MESHOS_E_SDK_DOWN)
}

//export goFlush
func goFlush(cell *C.struct_sdk_cell, id, timeoutMS C.uint64_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).Flush(uint64(id), clock.Milliseconds(uint64(timeoutMS)), callerOf(frame)), C.MESHOS_E_SDK_DOWN)
}

//export goSetOutput
func goSetOutput(cell *C.struct_sdk_cell, fn C.NetMeshOsOutputFn, ctx C.uintptr_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).SetOutput(sinkOf(fn, ctx), callerOf(frame)), C.MESHOS_E_SDK_DOWN)
}

//export goSubscribe
func goSubscribe(cell *C.struct_sdk_cell, from, to C.uint64_t, subscribe C.bool) (f failure) {
	defer guard(&f)
	if bool(subscribe) {
		return failed(nodeOf(cell).Subscribe(uint64(from), uint64(to)), C.MESHOS_E_SDK_DOWN)
	}
	return failed(nodeOf(cell).Unsubscribe(uint64(from), uint64(to)), C.MESHOS_E_SDK_DOWN)
}
