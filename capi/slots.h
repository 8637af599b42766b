/* Slots: cells that are named by numbers and never by their address.
 *
 * A handle given to the host is a number: which table, which slot, and which
 * generation of the slot. It is between 2^52 and 2^53: above every address that
 * a process gets unasked, so that it can't be mistaken for a pointer, and exact
 * in a double, for languages that keep pointers in one.
 *
 * A cell never moves and its memory is never given back, so that a stale handle
 * can be looked up at any time. It lives as long as there are references; being
 * open (its handle is valid) is one. Dropping the last one gives the slot a new
 * generation. A slot whose generations are used up is not used again, so no
 * handle ever comes to mean another cell. */
#ifndef MESHOS_SLOTS_H
#define MESHOS_SLOTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(sizeof(uintptr_t) == 8, "handles are 53 bits wide");

enum {
    SLOT_INDEX_BITS = 24,
    SLOT_GENERATION_BITS = 27,
    SLOT_CHUNK_BITS = 8, /* cells are allocated by chunks of 256 */
    SLOT_CHUNKS = 1 << (SLOT_INDEX_BITS - SLOT_CHUNK_BITS),
};

/* The first member of every cell. */
struct slot {
    _Atomic uint64_t word; /* generation << 32 | SLOT_OPEN | references */
    uint32_t index;
    uint32_t next_free;
};

#define SLOT_OPEN (UINT64_C(1) << 31)
#define SLOT_REFERENCES (SLOT_OPEN - 1)

struct slot_table {
    const size_t cell_size;
    const uintptr_t tag;            /* what tells the tables' handles apart: 0 or 1 */
    void (*const destroy)(void *);  /* called when the last reference has gone */
    pthread_mutex_t lock;           /* guards what follows but for reads of chunks and disabled */
    uint32_t used;                  /* slots that have ever been taken */
    uint32_t free_head, free_tail;  /* index + 1 of a queue; the longest unused slot is taken first */
    _Atomic(char *) *const chunks;  /* SLOT_CHUNKS of them */
    atomic_bool disabled;           /* no handle is valid */
};

/* Takes a slot. The caller has a reference; no handle is valid yet. NULL: no memory. */
void *slot_take(struct slot_table *t);

/* Makes the cell's handle valid and returns it. The handle has a reference of its own. */
uintptr_t slot_open(struct slot_table *t, void *cell);

/* The cell of a valid handle, else NULL. Without a reference it may become
 * another cell at any time: only its atomic members may be read, and what they
 * said counts only if slot_is still holds after. */
void *slot_peek(struct slot_table *t, uintptr_t handle);
bool slot_is(const void *cell, uintptr_t handle);

/* The cell of a valid handle, with a reference, else NULL. */
void *slot_hold(struct slot_table *t, uintptr_t handle);

/* Adds a reference. The caller has one already. */
void slot_share(void *cell);

/* Drops a reference. */
void slot_drop(struct slot_table *t, void *cell);

/* Makes the handle invalid. Only one of many callers gets the cell, and with it
 * the reference that the handle had; the others get NULL. */
void *slot_close(struct slot_table *t, uintptr_t handle);

#endif
