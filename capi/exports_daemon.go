package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
import "C"

import (
	"sync"
	"time"
	"unsafe"

	meshos "netmeshos/runtime"
)

// daemonEntry is the Go side of a daemon's cell.
type daemonEntry struct {
	handle *meshos.Handle

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
	daemonOf(cell).handle.CloseInside(callers(frame), func() {
		daemons.set(uint32(cell.slot.index), nil)
		C.daemon_cell_drop(cell)
	})
}

//export goPublishLog
func goPublishLog(cell *C.struct_daemon_cell, unixNS C.uint64_t, level C.int, message *C.char, length C.size_t) (f failure) {
	defer guard(&f)
	err := daemonOf(cell).handle.PublishLogAt(time.Unix(0, int64(unixNS)), meshos.Level(level), bytesAt(message, length))
	switch {
	case err == nil:
		return C.MESHOS_OK
	case err.Kind == meshos.KindQueueFull: // at full speed: its words stand on the C side, which saves a crossing
		return C.MESHOS_E_QUEUE_FULL
	}
	return failed(err, C.MESHOS_E_CONSUMED)
}

//export goDaemonDone
func goDaemonDone(cell *C.struct_daemon_cell) (f failure) {
	defer guard(&f)
	return failed(daemonOf(cell).handle.Done(), C.MESHOS_E_CONSUMED)
}

//export goGracefulShutdown
func goGracefulShutdown(cell *C.struct_daemon_cell, graceMS C.uint64_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(daemonOf(cell).handle.GracefulShutdownInside(uint64(graceMS), callers(frame)), C.MESHOS_E_CONSUMED)
}

//export goMetadata
func goMetadata(cell *C.struct_daemon_cell, refresh C.bool) (f failure) {
	defer guard(&f)
	d := daemonOf(cell)
	d.mu.Lock()
	defer d.mu.Unlock()
	text, err := d.freshText(bool(refresh))
	if err != nil {
		return failed(err, C.MESHOS_E_CONSUMED)
	}
	if text == nil {
		return C.MESHOS_OK
	}
	if !C.daemon_cell_set_text(cell, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.size_t(len(text))) {
		return C.MESHOS_E_NO_MEMORY
	}
	d.hasText = true
	return C.MESHOS_OK
}

// freshText is the metadata text that the cell lacks, nil if it lacks none; mu
// is held.
func (d *daemonEntry) freshText(refresh bool) ([]byte, error) {
	if !refresh {
		if d.hasText {
			return nil, nil
		}
		return d.handle.Metadata()
	}
	stale, err := d.handle.MetadataStale()
	if err != nil {
		return nil, err
	}
	if d.hasText && !stale {
		return nil, nil
	}
	return d.handle.RefreshMetadata()
}

//export goPublishCapabilities
func goPublishCapabilities(cell *C.struct_daemon_cell, tags *C.char, length C.size_t) (f failure) {
	defer guard(&f)
	return failed(daemonOf(cell).handle.PublishCapabilitiesJSON(bytesAt(tags, length)), C.MESHOS_E_CONSUMED)
}
