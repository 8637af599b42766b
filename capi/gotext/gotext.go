// Package gotext tells where in the process the instructions are that Go's compiler has
// made, those of Go's runtime included.
package gotext

// Set by bounds.s, with the symbols of Go's linker.
var begin, end uintptr

// Bounds returns the address of the first of them, and that after the last.
func Bounds() (uintptr, uintptr) { return begin, end }
