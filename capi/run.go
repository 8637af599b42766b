package main

// #cgo noescape run_process
// #include "run.h"
import "C"

import (
	"bytes"
	"math"
	"sync/atomic" // on fields of C
	"time"
	"unsafe"

	"netmeshos/internal/actor"
	"netmeshos/internal/clock"
	"netmeshos/internal/event"
)

// The C side goes on with the times that Go begins. What was read within the
// shortest time fits best.
func init() {
	best := time.Duration(math.MaxInt64)
	for range 16 {
		before := clock.Now()
		shown := time.Duration(C.monotonic_ns())
		after := clock.Now()
		if after-before < best {
			best = after - before
			C.clock_origin = C.uint64_t(shown - before - best/2)
		}
	}
}

// sink is an output function of the host as an actor.Sink.
type sink struct {
	fn  C.NetMeshOsOutputFn
	ctx C.uintptr_t
}

// Emit implements actor.Sink.
func (s *sink) Emit(in event.Batch, w *actor.Workspace) {
	if n, ok := w.Native.(native); ok {
		C.run_emit(n.run, s.fn, s.ctx, metasAt(unsafe.SliceData(in.Metas)))
		return
	}
	var cell C.uintptr_t // 0: the function is not called for a daemon, see Workspace.Of
	if c, known := w.Of.(callbacks); known {
		cell = number(c.cell)
	}
	outputs, causes := w.Outputs()
	for i := range outputs.Len() {
		o, cause := outputs.At(i), in.Metas[causes[i]]
		C.call_output(cell, s.fn, s.ctx, C.uint64_t(o.Origin), C.uint64_t(cause.Origin), C.uint64_t(cause.Sequence), C.uint64_t(o.Sequence),
			(*C.uint8_t)(unsafe.SliceData(o.Payload)), C.size_t(len(o.Payload)))
	}
}

// sinkOf keeps a NULL function from becoming a sink.
func sinkOf(fn C.NetMeshOsOutputFn, ctx C.uintptr_t) actor.Sink {
	if fn == nil {
		return nil
	}
	return &sink{fn, ctx}
}

// The C side has room for the results of the largest batch, and event.Meta is laid out
// as struct event_meta: otherwise one of these constants overflows.
const (
	_ = uint(C.RUN_BATCH - actor.BatchEvents)
	_ = -(unsafe.Sizeof(event.Meta{}) ^ unsafe.Sizeof(C.struct_event_meta{}))
	_ = -(unsafe.Offsetof(event.Meta{}.Origin) ^ unsafe.Offsetof(C.struct_event_meta{}.origin))
	_ = -(unsafe.Offsetof(event.Meta{}.Sequence) ^ unsafe.Offsetof(C.struct_event_meta{}.sequence))
	_ = -(unsafe.Offsetof(event.Meta{}.Offset) ^ unsafe.Offsetof(C.struct_event_meta{}.offset))
	_ = -(unsafe.Offsetof(event.Meta{}.Length) ^ unsafe.Offsetof(C.struct_event_meta{}.length))
)

func metasAt(first *event.Meta) *C.struct_event_meta {
	return (*C.struct_event_meta)(unsafe.Pointer(first))
}

// native is the C side of a workspace. It stays there for good.
type native struct{ run *C.struct_run }

// newNative returns the C side of a new workspace, nil if there is no memory for it.
func newNative() actor.Native {
	run := C.run_new()
	if run == nil {
		return nil
	}
	return native{run}
}

// Begin implements actor.Native. The fields are written by other threads too, as C
// atomics.
func (n native) Begin(first uint64) {
	if next := (*uint64)(unsafe.Pointer(&n.run.next_output)); atomic.LoadUint64(next) != first {
		atomic.StoreUint64(next, first)
	}
	if interrupted := (*uint32)(unsafe.Pointer(&n.run.interrupted)); atomic.LoadUint32(interrupted) != 0 {
		atomic.StoreUint32(interrupted, 0)
	}
}

// Interrupt implements actor.Native.
func (n native) Interrupt() (next uint64) {
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&n.run.interrupted)), 1)
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&n.run.next_output)))
}

// Free implements actor.Native.
func (n native) Free() { C.run_give_back(n.run) }

// Takes implements actor.Native.
func (n native) Takes(s actor.Sink) bool {
	_, own := s.(*sink)
	return own
}

// Outputs implements actor.Native.
func (n native) Outputs(r *actor.Request) (event.Batch, []uint32) {
	kept := int(n.run.out.count)
	if kept == 0 {
		return event.Batch{}, nil
	}
	return outputsOf(n.run, r, kept), unsafe.Slice((*uint32)(n.run.causes.at), kept)
}

// Empty implements actor.Native. What a run has for good it keeps, so mostly there is
// nothing to call C for.
func (n native) Empty() {
	if out := n.run.out; out.bytes.size > C.EMIT_OWN_BYTES || out.ends.size > C.EMIT_OWN_PIECES*C.sizeof_size_t {
		C.run_empty(n.run)
	}
}

// Process implements actor.Callbacks.
func (c callbacks) Process(in event.Batch, w *actor.Workspace) {
	n, made := w.Native.(native)
	if !made {
		w.Result.Starved = true
		return
	}
	r := n.run
	from, to := &w.Request, &r.request // field by field: a struct literal of C is copied
	to.reply, to.reply_ctx = 0, 0
	if reply, own := from.Reply.(*sink); own {
		to.reply, to.reply_ctx = C.uintptr_t(uintptr(unsafe.Pointer(reply.fn))), reply.ctx
	}
	to.daemon_id, to.first_output = C.uint64_t(from.DaemonID), C.uint64_t(from.FirstOutput)
	to.start, to.rough = C.uint64_t(from.Start.At), C.bool(from.Start.Rough)
	to.keep = C.bool(from.Keep)
	to.stop_on_failure = C.bool(from.StopOnFailure)
	C.run_process(number(r), number(c.cell), metasAt(unsafe.SliceData(in.Metas)), C.size_t(len(in.Metas)), (*C.uint8_t)(unsafe.SliceData(in.Bytes)))
	n.Collect(&w.Result)
}

// number is a C pointer as a number: cgo looks at pointers to structs at each
// call, which costs more than much of what is called.
func number[T any](p *T) C.uintptr_t { return C.uintptr_t(uintptr(unsafe.Pointer(p))) }

// Collect implements actor.Native.
func (n native) Collect(result *actor.Result) {
	r := n.run
	result.Handled, result.Emitted = int(r.handled), int(r.emitted)
	for _, f := range r.failures[:r.failed] {
		result.Failures = append(result.Failures, actor.Failure{Index: uint32(f.index), Status: int32(f.status), Lost: bool(f.no_memory)})
	}
	for _, t := range r.times[:r.timed] {
		result.Times = append(result.Times, actor.Sample{Took: time.Duration(t.ns), Count: uint32(t.count)})
	}
}

// outputsOf copies the outputs that were kept.
func outputsOf(r *C.struct_run, request *actor.Request, kept int) event.Batch {
	first := request.FirstOutput + uint64(r.unkept)
	out := event.Batch{
		Metas: make([]event.Meta, kept),
		Bytes: bytes.Clone(unsafe.Slice((*byte)(r.out.bytes.at), int(r.out.used))),
	}
	start := uint64(0)
	for i, end := range unsafe.Slice((*uint64)(r.out.ends.at), kept) {
		out.Metas[i] = event.Meta{Origin: request.DaemonID, Sequence: first + uint64(i), Offset: start, Length: end - start}
		start = end
	}
	return out
}
