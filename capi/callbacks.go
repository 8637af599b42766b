package main

// #include "callbacks.h"
import "C"

import (
	"unsafe"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
	"netmeshos/internal/vitals"
)

// callbacks is the vtable of a daemon as an actor.Callbacks.
type callbacks struct{ cell *C.struct_daemon_cell }

// callbacksOf returns nil for a vtable without process.
func callbacksOf(cell *C.struct_daemon_cell, hasVtable bool) actor.Callbacks {
	switch {
	case !hasVtable:
		return actor.None{}
	case cell.vtable.process == nil:
		return nil
	}
	return callbacks{cell}
}

// Features implements actor.Callbacks.
func (c callbacks) Features() actor.Features {
	var f actor.Features
	if c.cell.vtable.on_control != nil {
		f |= actor.HasControl
	}
	if c.cell.vtable.health != nil || c.cell.vtable.saturation != nil {
		f |= actor.HasProbe
	}
	if c.cell.vtable.snapshot != nil {
		f |= actor.HasSnapshot
	}
	if c.cell.vtable.restore != nil {
		f |= actor.HasRestore
	}
	return f
}

// OnControl implements actor.Callbacks.
func (c callbacks) OnControl(e control.Event) {
	event := controlOf(e)
	C.daemon_call_on_control(c.cell, &event)
}

// Probe implements actor.Callbacks.
func (c callbacks) Probe() vitals.Vitals {
	var health C.int
	var saturation C.float
	C.daemon_call_probe(c.cell, &health, &saturation)
	return vitals.Vitals{Health: vitals.Health(health), Saturation: float32(saturation)}
}

// errNoState says that there was no memory for a state.
var errNoState = fault.New(fault.OutOfMemory, "there is no memory for the daemon's state")

// Snapshot implements actor.Callbacks.
func (c callbacks) Snapshot() ([]byte, *fault.Error) {
	var b *C.struct_emit_buffer
	switch C.daemon_call_snapshot(c.cell, &b) {
	case C.SNAPSHOT_NONE:
		return nil, nil
	case C.SNAPSHOT_NO_MEMORY:
		return nil, errNoState
	}
	defer C.emit_give_back(b)
	return append([]byte{}, unsafe.Slice((*byte)(b.bytes.at), int(b.used))...), nil // an empty state is a state
}

// Restore implements actor.Callbacks.
func (c callbacks) Restore(state []byte) int32 {
	return int32(C.daemon_call_restore(c.cell, (*C.uint8_t)(unsafe.SliceData(state)), C.size_t(len(state))))
}
