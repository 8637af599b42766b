package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
import "C"

//export goEnterMaintenance
func goEnterMaintenance(cell *C.struct_sdk_cell, drainMS C.uint64_t) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).EnterMaintenance(uint64(drainMS)), C.MESHOS_E_SDK_DOWN)
}

//export goExitMaintenance
func goExitMaintenance(cell *C.struct_sdk_cell) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).ExitMaintenance(), C.MESHOS_E_SDK_DOWN)
}

//export goStopDaemon
func goStopDaemon(cell *C.struct_sdk_cell, id, graceMS C.uint64_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).StopDaemon(uint64(id), uint64(graceMS), callerOf(frame)), C.MESHOS_E_SDK_DOWN)
}

//export goRestartDaemon
func goRestartDaemon(cell *C.struct_sdk_cell, id C.uint64_t) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).RestartDaemon(uint64(id)), C.MESHOS_E_SDK_DOWN)
}
