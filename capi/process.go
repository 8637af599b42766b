package main

// #include "run.h"
import "C"

import (
	"bytes"
	"sync"
	"time"
	"unsafe"

	"netmeshos/runtime/event"
	"netmeshos/runtime/host"
)

// sink is an output function of the host as the runtime's host.Sink.
type sink struct {
	fn  C.NetMeshOsOutputFn
	ctx unsafe.Pointer
}

// Emit implements host.Sink. The outputs are of one daemon.
func (s sink) Emit(from host.Callbacks, in, out event.Parcel, causes []uint32) {
	C.run_emit(from.(callbacks).cell, s.fn, s.ctx, metasOf(in), metasOf(out), bytesOf(out), (*C.uint32_t)(unsafe.SliceData(causes)), C.size_t(out.Len()))
}

func metasOf(p event.Parcel) *C.struct_event_meta {
	return (*C.struct_event_meta)(unsafe.Pointer(unsafe.SliceData(p.Metas)))
}

func bytesOf(p event.Parcel) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(p.Bytes)) }

// runs are the C side's working memory that no batch uses now. There are as
// many as there have ever been callbacks at one time.
var runs struct {
	sync.Mutex
	free []*C.struct_run
}

func takeRun() *C.struct_run {
	runs.Lock()
	defer runs.Unlock()
	if n := len(runs.free); n > 0 {
		r := runs.free[n-1]
		runs.free = runs.free[:n-1]
		return r
	}
	return C.run_new()
}

func giveRun(r *C.struct_run) {
	runs.Lock()
	defer runs.Unlock()
	runs.free = append(runs.free, r)
}

// statusNoMemory stands for an event that could not be handed over.
const statusNoMemory = -1

// Process implements host.Callbacks.
func (c callbacks) Process(in event.Parcel, order host.Order) host.Processed {
	r := takeRun()
	if r == nil {
		return host.Processed{Handled: 1, Failures: []host.Failed{{Index: 0, Status: statusNoMemory}}}
	}
	defer giveRun(r)
	o := C.struct_run_order{
		daemon_id:       C.uint64_t(order.DaemonID),
		first_output:    C.uint64_t(order.FirstOutput),
		keep:            C.bool(order.Keep),
		stop_on_failure: C.bool(order.StopOnFailure),
	}
	if each, ok := order.Each.(sink); ok {
		o.each, o.each_ctx = each.fn, each.ctx
	}
	C.run_process(r, c.cell, metasOf(in), C.size_t(in.Len()), bytesOf(in), o)
	return processed(r, order)
}

// processed copies what became of a batch out of the run.
func processed(r *C.struct_run, order host.Order) host.Processed {
	done := host.Processed{Handled: int(r.handled), Emitted: int(r.emitted)}
	for _, f := range r.failures[:r.failed] {
		done.Failures = append(done.Failures, host.Failed{Index: uint32(f.index), Status: int32(f.status)})
	}
	done.Times = order.Times
	for _, ns := range r.took_ns[:done.Handled] {
		done.Times = append(done.Times, host.Sample{Took: time.Duration(ns), Count: 1})
	}
	if order.Keep && done.Emitted > 0 {
		done.Outputs = outputsOf(r, order)
		done.Causes = append([]uint32(nil), unsafe.Slice((*uint32)(r.causes), done.Emitted)...)
	}
	return done
}

func outputsOf(r *C.struct_run, order host.Order) event.Parcel {
	out := event.Parcel{
		Metas: make([]event.Meta, int(r.emitted)),
		Bytes: bytes.Clone(unsafe.Slice((*byte)(r.out.bytes), int(r.out.used))),
	}
	start := uint64(0)
	for i, end := range unsafe.Slice((*uint64)(unsafe.Pointer(r.out.ends)), int(r.emitted)) {
		out.Metas[i] = event.Meta{Origin: order.DaemonID, Sequence: order.FirstOutput + uint64(i), Offset: start, Length: end - start}
		start = end
	}
	return out
}
