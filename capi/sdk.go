package main

// #include "cells.h"
// #include "errors.h"
// #include "frames.h"
import "C"

import (
	"netmeshos/internal/config"
	"netmeshos/internal/fault"
	"netmeshos/internal/node"
)

// sdkEntry is the Go side of an SDK's cell.
type sdkEntry struct {
	node    *node.Node
	dropped *dropCounter
}

var sdks table[sdkEntry]

// nodeOf is the node of a cell. If another thread has freed it since the caller
// took hold of the cell, the call fails as if it had come later.
func nodeOf(cell *C.struct_sdk_cell) *node.Node {
	entry := sdks.get(uint32(cell.slot.index))
	if entry == nil {
		panic(failure(C.MESHOS_E_STALE_SDK))
	}
	return entry.node
}

//export goSdkStart
func goSdkStart(cell *C.struct_sdk_cell, configPath *C.char, thisNode, tickMS C.uint64_t, eventCapacity, actionCapacity, controlCapacity C.size_t) (f failure) {
	defer guard(&f)
	c, err := config.ForArguments(C.GoString(configPath), config.Config{ // a NULL path is ""
		ThisNode:            uint64(thisNode),
		TickIntervalMS:      uint64(tickMS),
		EventQueueCapacity:  uint64(eventCapacity),
		ActionQueueCapacity: uint64(actionCapacity),
		ControlCapacity:     uint64(controlCapacity),
	})
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	return start(cell, c)
}

//export goExtSdkStart
func goExtSdkStart(cell *C.struct_sdk_cell, text *C.char, length C.size_t) (f failure) {
	defer guard(&f)
	var c config.Config
	if text != nil {
		var err *fault.Error
		if c, err = config.Parse(bytesAt(text, length)); err != nil {
			return failed(err, C.MESHOS_E_SDK_DOWN)
		}
	}
	return start(cell, c)
}

func start(cell *C.struct_sdk_cell, c config.Config) failure {
	dropped := countDrops(cell)
	n, err := node.Start(c, node.Options{OnDropped: dropped.add, NewNative: newNative, Waiting: waitingOf(cell), Version: C.NET_MESHOS_EXT_VERSION})
	if err != nil {
		return failed(err, C.MESHOS_E_SDK_DOWN)
	}
	cell.control_capacity = C.uint64_t(n.ControlCapacity())
	cell.inbox_capacity = C.uint64_t(n.InboxCapacity())
	cell.max_payload = C.uint64_t(n.MaxPayloadBytes())
	cell.meshed = C.bool(n.Meshed())
	sdks.set(uint32(cell.slot.index), &sdkEntry{n, dropped})
	return C.MESHOS_OK
}

//export goSdkShutdown
func goSdkShutdown(cell *C.struct_sdk_cell, frame *C.struct_frame) (f failure) {
	defer guard(&f)
	return failed(nodeOf(cell).Shutdown(callerOf(frame)), C.MESHOS_E_SDK_DOWN)
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
	_ = entry.node.Free(callerOf(frame))
}
