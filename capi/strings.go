package main

// #include "strings.h"
import "C"

import "unsafe"

// textHandOut is a copy that the host owns; nil: no memory.
func textHandOut(text []byte) *C.char {
	return C.text_hand_out((*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.size_t(len(text)))
}

// bytesHandOut is a copy that the host owns; nil: no memory.
func bytesHandOut(b []byte) *C.uint8_t {
	return C.bytes_hand_out(unsafe.Pointer(unsafe.SliceData(b)), C.size_t(len(b)))
}

// bytesAt is the host's memory as a slice, valid during the call. The pointer
// may be NULL if the length is 0.
func bytesAt(p *C.char, n C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n))
}
