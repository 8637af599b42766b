/* Memory of malloc's. */
#ifndef MESHOS_MEMORY_H
#define MESHOS_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#include "border.h"

/* The library never asks for more, whatever the host wants. No machine has it, and a sanitizer's malloc
 * ends the process (AddressSanitizer from 2^40 bytes on) where others return
 * NULL. */
#define MEMORY_MOST ((size_t)1 << 39)

/* A signal handler that interrupts malloc must not get to it again, on its way into Go:
 * the thread would wait for itself. So its calls are refused meanwhile. */
static inline void *memory_take(size_t size) {
    border_begin();
    void *memory = malloc(size);
    border_end();
    return memory;
}

static inline void *memory_zeroed(size_t count, size_t size) {
    border_begin();
    void *memory = calloc(count, size);
    border_end();
    return memory;
}

static inline void *memory_resize(void *memory, size_t size) {
    border_begin();
    void *resized = realloc(memory, size);
    border_end();
    return resized;
}

static inline void memory_free(void *memory) {
    border_begin();
    free(memory);
    border_end();
}

#endif
