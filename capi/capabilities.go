package main

// #include "cells.h"
// #include "errors.h"
import "C"

//export goPublishCapabilities
func goPublishCapabilities(cell *C.struct_daemon_cell, tags *C.char, length C.size_t) (f failure) {
	defer guard(&f)
	return failed(daemonOf(cell).daemon.PublishCapabilitiesJSON(bytesAt(tags, length)), C.MESHOS_E_CONSUMED)
}
