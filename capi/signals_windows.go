package main

// #include "signals.h"
import "C"

import "netmeshos/capi/gotext"

func init() {
	begin, end := gotext.Bounds()
	C.signals_go_text(C.uintptr_t(begin), C.uintptr_t(end))
}
