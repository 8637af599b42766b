package main

// #include <stdio.h>
// #include <stdlib.h>
// #include <string.h>
//
// // Go's own environment is that of the time when the library was loaded.
// static const char *panic_with(const char *export) {
//	const char *only = getenv("MESHOS_PANIC_IN");
//	return only && !strstr(only, export) ? NULL : getenv("MESHOS_PANIC_WITH");
// }
// static void panicked(const char *export) {
//	const char *before = getenv("MESHOS_PANICKED");
//	char all[256];
//	snprintf(all, sizeof all, "%s%s ", before ? before : "", export);
//	setenv("MESHOS_PANICKED", all, 1);
// }
import "C"

import (
	"errors"
	"unsafe"
)

// panicIfAsked panics if the environment asks for it, in any export or in some, and leaves there in which
// exports it was. run.sh puts a call of it at the beginning of each.
func panicIfAsked(export string) {
	name := C.CString(export)
	defer C.free(unsafe.Pointer(name))
	with := C.panic_with(name)
	if with == nil {
		return
	}
	C.panicked(name)
	switch C.GoString(with) {
	case "words":
		panic("as asked")
	case "error":
		panic(errors.New("as asked"))
	case "fault":
		var nowhere *int
		*nowhere = 1
	}
}
