package main

// #include "cells.h"
// #include "errors.h"
import "C"

import "netmeshos/internal/node"

//export goRuntimeJSON
func goRuntimeJSON(cell *C.struct_sdk_cell, text **C.char) (f failure) {
	defer guard(&f)
	return show(cell, text, (*node.Node).RuntimeJSON)
}

func show(cell *C.struct_sdk_cell, text **C.char, look func(*node.Node) []byte) failure {
	n := nodeOf(cell)
	if n.IsDown() {
		return C.MESHOS_E_SDK_DOWN
	}
	*text = textHandOut(look(n))
	if *text == nil {
		return C.MESHOS_E_NO_MEMORY
	}
	return C.MESHOS_OK
}
