package main

// #include "cells.h"
// #include "errors.h"
import "C"

import "netmeshos/internal/fault"

//export goRuntimeJSON
func goRuntimeJSON(cell *C.struct_sdk_cell, text **C.char) (f failure) {
	defer guard(&f)
	return show(text, nodeOf(cell).LiveRuntimeJSON)
}

//export goMetrics
func goMetrics(cell *C.struct_sdk_cell, text **C.char) (f failure) {
	defer guard(&f)
	return show(text, nodeOf(cell).LiveMetrics)
}

//export goDaemonJSON
func goDaemonJSON(cell *C.struct_sdk_cell, id C.uint64_t, text **C.char) (f failure) {
	defer guard(&f)
	n := nodeOf(cell)
	return show(text, func() ([]byte, *fault.Error) { return n.DaemonJSON(uint64(id)) })
}

// show hands a text about a node out.
func show(text **C.char, look func() ([]byte, *fault.Error)) failure {
	json, err := look()
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	*text = textHandOut(json)
	if *text == nil {
		return C.MESHOS_E_NO_MEMORY
	}
	return C.MESHOS_OK
}
