package main

// #include "cells.h"
// #include "errors.h"
import "C"

import (
	"netmeshos/internal/fault"
	"netmeshos/internal/node"
)

//export goRuntimeJSON
func goRuntimeJSON(cell *C.struct_sdk_cell, text **C.char) (f failure) {
	defer guard(&f)
	return show(cell, text, func(n *node.Node) ([]byte, *fault.Error) { return n.RuntimeJSON(), nil })
}

//export goDaemonJSON
func goDaemonJSON(cell *C.struct_sdk_cell, id C.uint64_t, text **C.char) (f failure) {
	defer guard(&f)
	return show(cell, text, func(n *node.Node) ([]byte, *fault.Error) { return n.DaemonJSON(uint64(id)) })
}

// show hands a text about a node out.
func show(cell *C.struct_sdk_cell, text **C.char, look func(*node.Node) ([]byte, *fault.Error)) failure {
	n := nodeOf(cell)
	if n.IsDown() {
		return C.MESHOS_E_SDK_DOWN
	}
	json, err := look(n)
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	*text = textHandOut(json)
	if *text == nil {
		return C.MESHOS_E_NO_MEMORY
	}
	return C.MESHOS_OK
}
