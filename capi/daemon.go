package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
import "C"

import (
	"sync"

	"netmeshos/internal/node"
)

// daemonEntry is the Go side of a daemon's cell.
type daemonEntry struct {
	daemon *node.Daemon

	mu      sync.Mutex // makes a text and its place in the cell one step
	hasText bool       // the cell has the metadata text
}

var daemons table[daemonEntry]

// daemonOf is the Go side of a cell. If another thread has freed it since the
// caller took hold of the cell, the call fails as if it had come later.
func daemonOf(cell *C.struct_daemon_cell) *daemonEntry {
	entry := daemons.get(uint32(cell.slot.index))
	if entry == nil {
		panic(failure(C.MESHOS_E_STALE_HANDLE))
	}
	return entry
}

//export goHandleFree
func goHandleFree(cell *C.struct_daemon_cell, frame *C.struct_frame) {
	var f failure
	defer guard(&f)
	daemonOf(cell).daemon.Close(callerOf(frame), func() {
		daemons.set(uint32(cell.slot.index), nil)
		C.daemon_cell_drop(cell)
	})
}

//export goDaemonDone
func goDaemonDone(cell *C.struct_daemon_cell) (f failure) {
	defer guard(&f)
	return failed(daemonOf(cell).daemon.Done(), C.MESHOS_E_CONSUMED)
}

//export goGracefulShutdown
func goGracefulShutdown(cell *C.struct_daemon_cell, graceMS C.uint64_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(daemonOf(cell).daemon.GracefulShutdown(uint64(graceMS), callerOf(frame)), C.MESHOS_E_CONSUMED)
}
