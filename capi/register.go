package main

// #include "cells.h"
// #include "callbacks.h"
// #include "errors.h"
import "C"

import (
	"unsafe"

	"netmeshos/internal/node"
)

//export goRegister
func goRegister(sdk *C.struct_sdk_cell, cell *C.struct_daemon_cell, name *C.char, nameLen C.size_t, seed *C.uint8_t, hasVtable C.bool, id *C.uint64_t) (f failure) {
	defer guard(&f)
	r := node.Registration{Name: string(bytesAt(name, nameLen)), Callbacks: callbacksOf(cell, bool(hasVtable)), Mailbox: mailbox{cell}}
	r.Ready = func(d *node.Daemon) {
		daemons.set(uint32(cell.slot.index), &daemonEntry{daemon: d})
		if cell.destroy != nil {
			d.AfterLast(func() { C.daemon_call_destroy(cell) })
		}
	}
	copy(r.Seed[:], unsafe.Slice((*byte)(unsafe.Pointer(seed)), len(r.Seed)))
	defer clear(r.Seed[:])
	daemon, err := nodeOf(sdk).Register(&r)
	switch err {
	case nil:
	case node.ErrNoProcess:
		return C.MESHOS_E_NULL_PROCESS // it speaks of the vtable
	default:
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	*id = C.uint64_t(daemon.ID())
	return C.MESHOS_OK
}
