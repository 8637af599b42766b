package main

// #include "errors.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"unsafe"

	meshos "netmeshos/runtime"
)

// failure is what an export returns: why the call failed, or MESHOS_OK.
type failure = C.enum_meshos_error

// ofKind gives the ABI's error for a kind of the runtime's: the row of errors.h
// that is marked for it.
var ofKind = sync.OnceValue(func() map[meshos.Kind]failure {
	rows := map[meshos.Kind]failure{}
	for f := failure(C.MESHOS_OK) + 1; f < C.MESHOS_ERRORS_END; f++ {
		if kind := C.meshos_error_go_kind(f); kind != nil {
			rows[meshos.Kind(C.GoString(kind))] = f
		}
	}
	return rows
})

// failed carries an error over. shutdown says what it is that has been shut
// down.
func failed(err error, shutdown failure) failure {
	if err == nil {
		return C.MESHOS_OK
	}
	var e *meshos.Error
	if !errors.As(err, &e) {
		return say(C.MESHOS_E_PANIC, err.Error())
	}
	if e.Kind == meshos.KindAlreadyShutdown {
		return shutdown
	}
	f, known := ofKind()[e.Kind]
	if !known {
		f = C.MESHOS_E_PANIC
	}
	return say(f, e.Message)
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
