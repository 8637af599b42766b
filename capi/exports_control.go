package main

// #include "errors.h"
// #include "frames.h"
import "C"

import (
	"unsafe"

	meshos "netmeshos/runtime"
)

//export goEnterMaintenance
func goEnterMaintenance(cell *C.struct_sdk_cell, drainMS C.uint64_t) (f failure) {
	defer guard(&f)
	return failed(sdkOf(cell).EnterMaintenance(uint64(drainMS)), C.MESHOS_E_SDK_DOWN)
}

//export goExitMaintenance
func goExitMaintenance(cell *C.struct_sdk_cell) (f failure) {
	defer guard(&f)
	return failed(sdkOf(cell).ExitMaintenance(), C.MESHOS_E_SDK_DOWN)
}

//export goStopDaemon
func goStopDaemon(cell *C.struct_sdk_cell, id, graceMS C.uint64_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(sdkOf(cell).StopDaemon(uint64(id), uint64(graceMS), callers(frame)), C.MESHOS_E_SDK_DOWN)
}

//export goRestartDaemon
func goRestartDaemon(cell *C.struct_sdk_cell, id C.uint64_t) (f failure) {
	defer guard(&f)
	return failed(sdkOf(cell).RestartDaemon(uint64(id)), C.MESHOS_E_SDK_DOWN)
}

//export goOnLog
func goOnLog(cell *C.struct_sdk_cell, level C.int, fn C.NetMeshOsLogFn, ctx C.uintptr_t, inside C.bool) (f failure) {
	defer guard(&f)
	var follow func(meshos.LogRecord)
	if fn != nil {
		follow = func(r meshos.LogRecord) {
			C.call_log(fn, ctx, C.uint64_t(r.Seq), C.uint64_t(r.Time.UnixMilli()), C.int(r.Level), C.uint64_t(r.DaemonID),
				(*C.char)(unsafe.Pointer(unsafe.StringData(r.Message))), C.size_t(len(r.Message)))
		}
	}
	return failed(sdkOf(cell).OnLogInside(meshos.Level(level), follow, bool(inside)), C.MESHOS_E_SDK_DOWN)
}

//export goLogsJSON
func goLogsJSON(cell *C.struct_sdk_cell, after C.uint64_t, most C.size_t, text **C.char) (f failure) {
	defer guard(&f)
	return show(cell, text, func(s *meshos.SDK) []byte {
		return s.LogsJSON(uint64(after), int(min(most, 1<<31-1)))
	})
}

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
	*text = handOut(look(sdk))
	if *text == nil {
		return C.MESHOS_E_NO_MEMORY
	}
	return C.MESHOS_OK
}
