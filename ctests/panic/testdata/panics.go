package main

// #include <stdlib.h>
//
// // Go's own environment is that of the time when the library was loaded.
// static const char *panic_in(void) { return getenv("MESHOS_PANIC_IN"); }
// static const char *panic_with(void) { return getenv("MESHOS_PANIC_WITH"); }
import "C"

import "errors"

// panicIfAsked panics if the environment names this export. run.sh puts a call
// of it at the beginning of each.
func panicIfAsked(export string) {
	asked := C.panic_in()
	if asked == nil || C.GoString(asked) != export {
		return
	}
	switch C.GoString(C.panic_with()) {
	case "words":
		panic("as asked")
	case "error":
		panic(errors.New("as asked"))
	case "fault":
		var nowhere *int
		*nowhere = 1
	}
}
