package main

// #cgo noescape run_process
// #include "run.h"
import "C"

import (
	"bytes"
	"math"
	"time"
	"unsafe"

	"netmeshos/internal/actor"
	"netmeshos/internal/event"
)

// The C side goes on with the times that Go begins. What was read within the
// shortest time fits best.
func init() {
	best := time.Duration(math.MaxInt64)
	for range 16 {
		before := actor.Now()
		shown := time.Duration(C.monotonic_ns())
		after := actor.Now()
		if after-before < best {
			best = after - before
			C.clock_origin = C.uint64_t(shown - before - best/2)
		}
	}
}

// sink is an output function of the host as the runtime's actor.Sink.
type sink struct {
	fn  C.NetMeshOsOutputFn
	ctx C.uintptr_t
}

// Emit implements actor.Sink.
func (s sink) Emit(in event.Parcel, at *actor.Desk) {
	C.run_emit(at.Work.(work).run, s.fn, s.ctx, metasAt(unsafe.SliceData(in.Metas)))
}

// sinkOf keeps a NULL function from becoming a sink.
func sinkOf(fn C.NetMeshOsOutputFn, ctx C.uintptr_t) actor.Sink {
	if fn == nil {
		return nil
	}
	return sink{fn, ctx}
}

func metasAt(first *event.Meta) *C.struct_event_meta {
	return (*C.struct_event_meta)(unsafe.Pointer(first))
}

// work is the C side of a desk. It stays there: there are as many as there have
// ever been callbacks at one time.
type work struct{ run *C.struct_run }

// runOf is the desk's, nil if there is no memory for one.
func runOf(d *actor.Desk) *C.struct_run {
	if w, made := d.Work.(work); made {
		return w.run
	}
	run := C.run_new()
	if run != nil {
		d.Work = work{run}
	}
	return run
}

// Process implements actor.Callbacks.
func (c callbacks) Process(in event.Parcel, d *actor.Desk) {
	r := runOf(d)
	if r == nil {
		d.Done.Handled = 1
		d.Done.Failures = append(d.Done.Failures, actor.Failed{NoMemory: true})
		return
	}
	o, to := &d.Order, &r.order // field by field: a struct literal of C is copied
	to.each, to.each_ctx = C.uintptr_t(o.Each.Fn), C.uintptr_t(o.Each.Ctx)
	to.daemon_id, to.first_output = C.uint64_t(o.DaemonID), C.uint64_t(o.FirstOutput)
	to.began, to.rough = C.uint64_t(o.Began.At), C.bool(o.Began.Rough)
	to.keep = C.bool(o.Keep || o.Show)
	to.stop_on_failure = C.bool(o.StopOnFailure)
	C.run_process(number(r), number(c.cell), metasAt(unsafe.SliceData(in.Metas)), C.size_t(len(in.Metas)), (*C.uint8_t)(unsafe.SliceData(in.Bytes)))
	take(r, d)
}

// number is a C pointer as a number: cgo looks at pointers to structs at each
// call, which costs more than much of what is called.
func number[T any](p *T) C.uintptr_t { return C.uintptr_t(uintptr(unsafe.Pointer(p))) }

// take notes what became of a batch.
func take(r *C.struct_run, d *actor.Desk) {
	done := &d.Done
	done.Handled, done.Emitted = int(r.handled), int(r.emitted)
	for _, f := range r.failures[:r.failed] {
		done.Failures = append(done.Failures, actor.Failed{Index: uint32(f.index), Status: int32(f.status), NoMemory: bool(f.no_memory)})
	}
	for _, t := range r.times[:r.timed] {
		done.Times = append(done.Times, actor.Sample{Took: time.Duration(t.ns), Count: uint32(t.count)})
	}
	if d.Order.Keep && done.Emitted > 0 {
		done.Outputs = outputsOf(r, &d.Order)
	}
}

func outputsOf(r *C.struct_run, o *actor.Order) event.Parcel {
	out := event.Parcel{
		Metas: make([]event.Meta, int(r.emitted)),
		Bytes: bytes.Clone(unsafe.Slice((*byte)(r.out.bytes), int(r.out.used))),
	}
	start := uint64(0)
	for i, end := range unsafe.Slice((*uint64)(unsafe.Pointer(r.out.ends)), int(r.emitted)) {
		out.Metas[i] = event.Meta{Origin: o.DaemonID, Sequence: o.FirstOutput + uint64(i), Offset: start, Length: end - start}
		start = end
	}
	return out
}
