package main

// #include "cells.h"
// #include "errors.h"
import "C"

import meshos "netmeshos/runtime"

//export goRuntimeJSON
func goRuntimeJSON(cell *C.struct_sdk_cell, text **C.char) (f failure) {
	defer guard(&f)
	return show(cell, text, (*meshos.SDK).RuntimeJSON)
}

func show(cell *C.struct_sdk_cell, text **C.char, look func(*meshos.SDK) []byte) failure {
	sdk := sdkOf(cell)
	if sdk.IsDown() {
		return C.MESHOS_E_SDK_DOWN
	}
	*text = textHandOut(look(sdk))
	if *text == nil {
		return C.MESHOS_E_NO_MEMORY
	}
	return C.MESHOS_OK
}
