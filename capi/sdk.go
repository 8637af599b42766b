package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
import "C"

import meshos "netmeshos/runtime"

// sdkEntry is the Go side of an SDK's cell.
type sdkEntry struct {
	sdk     *meshos.SDK
	dropped *dropCounter
}

var sdks table[sdkEntry]

// sdkOf is the SDK of a cell. If another thread has freed it since the caller
// took hold of the cell, the call fails as if it had come later.
func sdkOf(cell *C.struct_sdk_cell) *meshos.SDK {
	entry := sdks.get(uint32(cell.slot.index))
	if entry == nil {
		panic(failure(C.MESHOS_E_STALE_SDK))
	}
	return entry.sdk
}

//export goSdkStart
func goSdkStart(cell *C.struct_sdk_cell, configPath *C.char, thisNode, tickMS C.uint64_t, eventCapacity, actionCapacity, controlCapacity C.size_t) (f failure) {
	defer guard(&f)
	var config meshos.Config
	if configPath != nil && *configPath != 0 {
		var err error
		if config, err = meshos.ReadConfig(C.GoString(configPath)); err != nil {
			return failed(err, C.MESHOS_E_SDK_DOWN)
		}
	}
	return start(cell, config.Overlay(meshos.Config{
		ThisNode:            uint64(thisNode),
		TickIntervalMS:      uint64(tickMS),
		EventQueueCapacity:  uint64(eventCapacity),
		ActionQueueCapacity: uint64(actionCapacity),
		ControlCapacity:     uint64(controlCapacity),
	}))
}

//export goExtSdkStart
func goExtSdkStart(cell *C.struct_sdk_cell, text *C.char, length C.size_t) (f failure) {
	defer guard(&f)
	var config meshos.Config
	if text != nil {
		var err error
		if config, err = meshos.ParseConfig(bytesAt(text, length)); err != nil {
			return failed(err, C.MESHOS_E_SDK_DOWN)
		}
	}
	return start(cell, config)
}

func start(cell *C.struct_sdk_cell, config meshos.Config) failure {
	dropped := countDrops(cell)
	sdk, err := meshos.StartObserved(config, dropped.add)
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	cell.control_capacity = C.uint64_t(sdk.ControlCapacity())
	sdks.set(uint32(cell.slot.index), &sdkEntry{sdk, dropped})
	return C.MESHOS_OK
}

//export goSdkShutdown
func goSdkShutdown(cell *C.struct_sdk_cell, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(sdkOf(cell).ShutdownInside(callers(frame), insideLog(frame)), C.MESHOS_E_SDK_DOWN)
}

//export goSdkFree
func goSdkFree(cell *C.struct_sdk_cell, frame *C.struct_frame) {
	var f failure
	defer guard(&f)
	entry := sdks.get(uint32(cell.slot.index))
	sdks.set(uint32(cell.slot.index), nil)
	entry.dropped.end()
	// An error says that a callback still runs: its daemon's handle_free waits for
	// it.
	_ = entry.sdk.EndInside(callers(frame), insideLog(frame))
}
