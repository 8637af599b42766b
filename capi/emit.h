/* Emit contexts and the buffers behind them.
 *
 * The caller of process or snapshot borrows a buffer, opens a context in it for
 * each callback, and reads what was emitted once the context is closed. A
 * context is a number like a handle (see slots.h) and is used once: an emit on
 * one that is closed, or never existed, does not find it in the buffer and is
 * ignored. */
#ifndef MESHOS_EMIT_H
#define MESHOS_EMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "space.h"

/* What a buffer has for good: enough for the outputs of one event, and for where
 * one output of each event of a batch ends. */
enum { EMIT_OWN_BYTES = 1024, EMIT_OWN_PIECES = 256 };

enum emit_kind { EMIT_PROCESS = 0, EMIT_SNAPSHOT = 1 };

#define EMIT_BUSY (UINT64_C(1) << 63)

struct emit_buffer {
    _Atomic uint64_t context; /* the open one; 0: none. With EMIT_BUSY a thread emits: what follows is its */
    uint64_t sequence;    /* of the contexts opened here */
    struct space bytes;   /* what was emitted, one after the other */
    size_t used;
    struct space ends;    /* where each emitted piece ends in bytes: size_t */
    size_t count;
    bool lost;            /* a piece was not kept for want of memory */
    uint32_t index;       /* what its contexts name it by */
    struct emit_buffer *next_free;
    size_t own_ends[EMIT_OWN_PIECES];
    uint8_t own_bytes[EMIT_OWN_BYTES];
};

static inline uint8_t *emit_bytes(const struct emit_buffer *b) {
    return b->bytes.at;
}

static inline size_t *emit_ends(const struct emit_buffer *b) {
    return b->ends.at;
}

static inline bool emit_has_borrowed(const struct emit_buffer *b) {
    return b->bytes.at != b->own_bytes || b->ends.at != b->own_ends;
}

/* NULL: no memory, or a million buffers are borrowed. */
struct emit_buffer *emit_borrow(void);
void emit_give_back(struct emit_buffer *b);

/* Opens a context in a buffer that has none and empties the buffer. */
uintptr_t emit_open(struct emit_buffer *b, enum emit_kind kind);

/* The same, but what is in the buffer stays. */
uintptr_t emit_reopen(struct emit_buffer *b, enum emit_kind kind);

/* Closes it: from now on nothing is added. */
void emit_close(struct emit_buffer *b);

/* While no context is open: drops all pieces but the first count, or all, in
 * which case what is borrowed goes back. */
void emit_truncate(struct emit_buffer *b, size_t count);
void emit_empty(struct emit_buffer *b);

#endif
