package main

// #include "strings.h"
import "C"

import "unsafe"

// handOut is a copy that the host owns; nil: no memory.
func handOut(text []byte) *C.char {
	return C.string_hand_out((*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.size_t(len(text)))
}

// bytesAt is the host's memory as a slice, valid during the call. The pointer
// may be NULL if the length is 0.
func bytesAt(p *C.char, n C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n))
}
