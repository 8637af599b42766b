/* How much memory the host can make the library ask for. */
#ifndef MESHOS_MEMORY_H
#define MESHOS_MEMORY_H

#include <stddef.h>

/* The library never asks for more. No machine has it, and a sanitizer's malloc
 * ends the process (AddressSanitizer from 2^40 bytes on) where others return
 * NULL. */
#define MEMORY_MOST ((size_t)1 << 39)

#endif
