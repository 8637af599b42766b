package main

// #include "callbacks.h"
import "C"

import (
	"unsafe"

	"netmeshos/internal/actor"
	"netmeshos/internal/control"
	"netmeshos/internal/fault"
)

// callbacks is the vtable of a daemon as the runtime's actor.Callbacks.
type callbacks struct{ cell *C.struct_daemon_cell }

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

func (c callbacks) Control(e control.Event) {
	C.daemon_call_on_control(c.cell, C.int(e.Kind), C.uint64_t(e.GraceMS), C.float(e.Level))
}

func (c callbacks) Probe() actor.Vitals {
	var health C.int
	var saturation C.float
	C.daemon_call_probe(c.cell, &health, &saturation)
	return actor.Vitals{Health: actor.Health(health), Saturation: float32(saturation)}
}

// errNoState is a state that there was no memory for. The actor keeps the one
// that it has.
var errNoState = fault.New(fault.OutOfMemory, "there is no memory for the daemon's state")

func (c callbacks) Snapshot() ([]byte, *fault.Error) {
	var b *C.struct_emit_buffer
	switch C.daemon_call_snapshot(c.cell, &b) {
	case C.SNAPSHOT_NONE:
		return nil, nil
	case C.SNAPSHOT_NO_MEMORY:
		return nil, errNoState
	}
	defer C.emit_give_back(b)
	return append([]byte{}, unsafe.Slice((*byte)(b.bytes), int(b.used))...), nil // an empty state is a state
}

func (c callbacks) Restore(state []byte) int32 {
	return int32(C.daemon_call_restore(c.cell, (*C.uint8_t)(unsafe.SliceData(state)), C.size_t(len(state))))
}
