package main

// #include "errors.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime/debug"
	"unsafe"

	meshos "netmeshos/runtime"
)

// failure is what an export returns: why the call failed, or MESHOS_OK.
type failure = C.enum_meshos_error

// byKind gives the ABI's error for a kind of the runtime's.
var byKind = map[meshos.Kind]failure{
	meshos.KindInvalidArgument: C.MESHOS_E_ARGUMENT,
	meshos.KindInvalidLogLevel: C.MESHOS_E_LOG_LEVEL,
	meshos.KindRegisterFailed:  C.MESHOS_E_REGISTER_FAILED,
	meshos.KindQueueFull:       C.MESHOS_E_QUEUE_FULL,
	meshos.KindLoopClosed:      C.MESHOS_E_LOOP_CLOSED,
	meshos.KindShutdownFailed:  C.MESHOS_E_SHUTDOWN_FAILED,
	meshos.KindNotFound:        C.MESHOS_E_NOT_FOUND,
	meshos.KindDraining:        C.MESHOS_E_DRAINING,
	meshos.KindStopped:         C.MESHOS_E_STOPPED,
	meshos.KindBackingOff:      C.MESHOS_E_BACKING_OFF,
	meshos.KindProcessFailed:   C.MESHOS_E_PROCESS_FAILED,
	meshos.KindRestoreFailed:   C.MESHOS_E_RESTORE_FAILED,
	meshos.KindInvalidState:    C.MESHOS_E_INVALID_STATE,
	meshos.KindTimeout:         C.MESHOS_E_TIMEOUT,
	meshos.KindConfigInvalid:   C.MESHOS_E_CONFIG_INVALID,
	meshos.KindRuntimePanic:    C.MESHOS_E_PANIC,
}

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
	f, known := byKind[e.Kind]
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
