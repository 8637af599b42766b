package main

// #include "cells.h"
// #include "callbacks.h"
// #include "errors.h"
import "C"

import (
	"unsafe"

	"netmeshos/internal/actor"
	meshos "netmeshos/runtime"
)

//export goRegister
func goRegister(sdk *C.struct_sdk_cell, cell *C.struct_daemon_cell, name *C.char, nameLen C.size_t, seed *C.uint8_t, hasVtable C.bool, id *C.uint64_t) (f failure) {
	defer guard(&f)
	goName := string(bytesAt(name, nameLen))
	if err := meshos.CheckName(goName); err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	if bool(hasVtable) && cell.vtable.process == nil {
		return C.MESHOS_E_NULL_PROCESS
	}
	var daemon actor.Callbacks = actor.None{}
	if bool(hasVtable) {
		daemon = callbacks{cell}
	}
	handle, err := sdkOf(sdk).RegisterWith(
		goName, *(*[meshos.SeedSize]byte)(unsafe.Pointer(seed)), daemon, mailbox{cell},
		func(h *meshos.Handle) {
			daemons.set(uint32(cell.slot.index), &daemonEntry{handle: h})
			if cell.destroy != nil {
				h.AfterLast(func() { C.daemon_call_destroy(cell) })
			}
		})
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	*id = C.uint64_t(handle.ID())
	return C.MESHOS_OK
}
