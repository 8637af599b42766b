package main

// #include "callbacks.h"
// #include "errors.h"
import "C"

import (
	"time"
	"unsafe"

	meshos "netmeshos/runtime"
)

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
