package main

// #include "errors.h"
import "C"

import (
	"fmt"
	"runtime/debug"
	"sync"
	"unsafe"

	"netmeshos/internal/fault"
)

// failure is what an export returns: why the call failed, or MESHOS_OK.
type failure = C.enum_meshos_error

// ofKind gives the ABI's error for a kind: the row of errors.h that is marked for it.
var ofKind = sync.OnceValue(func() map[fault.Kind]failure {
	rows := map[fault.Kind]failure{}
	for f := failure(C.MESHOS_OK) + 1; f < C.MESHOS_ERRORS_END; f++ {
		if kind := C.meshos_error_go_kind(f); kind != nil {
			rows[fault.Kind(C.GoString(kind))] = f
		}
	}
	return rows
})

// failed carries an error over. shutdown is the ABI's error for already_shutdown.
func failed(err *fault.Error, shutdown failure) failure {
	f, message := outcome(err, shutdown)
	if f == C.MESHOS_OK {
		return f
	}
	return say(f, message)
}

// outcome gives the ABI's error, and the message that failed carries over.
func outcome(err *fault.Error, shutdown failure) (f failure, message string) {
	if err == nil {
		return C.MESHOS_OK, ""
	}
	if err.Kind == fault.AlreadyShutdown {
		return shutdown, err.Message
	}
	f, known := ofKind()[err.Kind]
	if !known {
		f = C.MESHOS_E_PANIC
	}
	return f, err.Message
}

// say gives the failure a message of its own.
func say(f failure, message string) failure {
	C.meshos_error_text((*C.char)(unsafe.Pointer(unsafe.StringData(message))), C.size_t(len(message)))
	return f
}

// guard makes a panic the failure of the call that it happened in.
func guard(f *failure) {
	switch cause := recover().(type) {
	case nil:
	case failure: // of sdkOf or daemonOf
		*f = cause
	default:
		*f = say(C.MESHOS_E_PANIC, fmt.Sprintf("the library has a defect: %v; %s", cause, debug.Stack()))
	}
}
