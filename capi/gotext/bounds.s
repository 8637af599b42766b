//go:build !(386 || arm || mips || mipsle || wasm)

#include "textflag.h"

DATA ·begin+0(SB)/8, $runtime·text(SB)
GLOBL ·begin(SB), NOPTR, $8

DATA ·end+0(SB)/8, $runtime·etext(SB)
GLOBL ·end(SB), NOPTR, $8
