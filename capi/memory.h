/* How much memory the host can make the library ask for. */
#ifndef MESHOS_MEMORY_H
#define MESHOS_MEMORY_H

#include <stddef.h>

/* More is not asked for: there is none, and the malloc of a sanitizer in the host
 * would end the process (AddressSanitizer from 2^40 bytes on) where others say
 * that there is no memory. */
#define MEMORY_MOST ((size_t)1 << 39)

#endif
