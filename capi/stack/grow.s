//go:build !(386 || arm || mips || mipsle || wasm)

#include "funcdata.h"

// A frame of this size makes Go look for room and grow the stack, to a power of
// two: 2 MB.
TEXT ·Grow(SB), 0, $1200000-0
	NO_LOCAL_POINTERS
	RET
