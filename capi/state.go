package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
import "C"

//export goSnapshot
func goSnapshot(cell *C.struct_sdk_cell, id C.uint64_t, out **C.uint8_t, length *C.size_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	state, err := nodeOf(cell).Snapshot(uint64(id), callerOf(frame))
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	var bytes *C.uint8_t
	if len(state) > 0 {
		if bytes = bytesHandOut(state); bytes == nil {
			return C.MESHOS_E_NO_MEMORY
		}
	}
	*out, *length = bytes, C.size_t(len(state))
	return C.MESHOS_OK
}

//export goRestore
func goRestore(cell *C.struct_sdk_cell, id C.uint64_t, state *C.uint8_t, length C.size_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).Restore(uint64(id), payloadAt(state, length), callerOf(frame)), C.MESHOS_E_SDK_DOWN)
}
