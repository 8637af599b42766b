package main

// #include "cells.h"
// #include "frames.h"
import "C"

import meshos "netmeshos/runtime"

// insideLog reports whether the calling thread runs inside a log function.
func insideLog(f *C.struct_frame) bool {
	for ; f != nil; f = f.outer {
		if f.daemon == nil {
			return true
		}
	}
	return false
}

// callers are the daemons inside whose callbacks the calling thread runs.
func callers(f *C.struct_frame) []*meshos.Handle {
	var handles []*meshos.Handle
	for ; f != nil; f = f.outer {
		if f.daemon == nil {
			continue
		}
		if d := daemons.get(uint32(f.daemon.slot.index)); d != nil {
			handles = append(handles, d.handle)
		}
	}
	return handles
}
