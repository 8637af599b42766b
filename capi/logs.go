package main

// #include "callbacks.h"
// #include "errors.h"
// #include "frames.h"
import "C"

import (
	"time"
	"unsafe"

	"netmeshos/internal/fault"
	"netmeshos/internal/logs"
)

//export goPublishLog
func goPublishLog(cell *C.struct_daemon_cell, unixNS C.uint64_t, level C.int, message *C.char, length C.size_t) (f failure) {
	defer guard(&f)
	err := daemonOf(cell).daemon.PublishLog(time.Unix(0, int64(unixNS)), logs.Level(level), bytesAt(message, length))
	switch {
	case err == nil:
		return C.MESHOS_OK
	case err.Kind == fault.QueueFull: // at full speed: its words stand on the C side, which saves a crossing
		return C.MESHOS_E_QUEUE_FULL
	}
	return failed(err, C.MESHOS_E_CONSUMED)
}

//export goOnLog
func goOnLog(cell *C.struct_sdk_cell, level C.int, fn C.NetMeshOsLogFn, ctx C.uintptr_t, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	var follow logs.Follower
	if fn != nil {
		follow = func(r logs.Record) {
			C.call_log(fn, ctx, C.uint64_t(r.Seq), C.uint64_t(r.Time.UnixMilli()), C.int(r.Level), C.uint64_t(r.DaemonID),
				(*C.char)(unsafe.Pointer(unsafe.StringData(r.Message))), C.size_t(len(r.Message)))
		}
	}
	return failed(nodeOf(cell).OnLog(logs.Level(level), follow, callerOf(frame)), C.MESHOS_E_SDK_DOWN)
}

//export goLogsJSON
func goLogsJSON(cell *C.struct_sdk_cell, after C.uint64_t, most C.size_t, text **C.char) (f failure) {
	defer guard(&f)
	n := nodeOf(cell)
	return show(text, func() ([]byte, *fault.Error) { return n.LiveLogsJSON(uint64(after), int(min(most, 1<<31-1))) })
}
