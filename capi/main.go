// Package main is the C surface of the runtime: it carries calls over the
// border and decides nothing.
//
// The C files check arguments and own what every call touches; see
// docs/architecture.md. The Go files export one thin function for each call
// that crosses, and hand the C side of a daemon to the runtime.
package main

// #cgo CFLAGS: -std=c11 -D_POSIX_C_SOURCE=200809L -I${SRCDIR}/../include -fvisibility=hidden
// #cgo CFLAGS: -Wall -Wextra -Werror -Wconversion -Wshadow
// #cgo LDFLAGS: -lpthread
// #cgo darwin CFLAGS: -D_DARWIN_C_SOURCE
// #cgo windows LDFLAGS: -lbcrypt
import "C"

func main() {}
