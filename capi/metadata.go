package main

// #include "cells.h"
// #include "errors.h"
import "C"

import (
	"unsafe"

	"netmeshos/internal/fault"
)

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

// freshText is the metadata text that the cell lacks, nil if it lacks none. It needs mu
// held.
func (d *daemonEntry) freshText(refresh bool) ([]byte, *fault.Error) {
	if !refresh {
		if d.hasText {
			return nil, nil
		}
		return d.daemon.Metadata()
	}
	stale, err := d.daemon.MetadataStale()
	if err != nil {
		return nil, err
	}
	if d.hasText && !stale {
		return nil, nil
	}
	return d.daemon.RefreshMetadata()
}
