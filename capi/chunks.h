/* Memory for posted events, a batch of them in each piece: their metas grow from
 * its start, their payloads from its end. */
#ifndef MESHOS_CHUNKS_H
#define MESHOS_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"

enum { CHUNK_CLASSES = 4 }; /* of 1, 4, 16 and 64 KB */

struct chunk {
    struct chunk *next;
    uint64_t size;  /* of all of it; what the metas call bytes starts at the chunk itself */
    uint64_t lowest; /* where the payload that was added last starts */
    uint32_t count;
    int32_t class;  /* CHUNK_CLASSES: one of its own size, for a large event */
    struct event_meta metas[];
};

/* An empty chunk of a class, or of a larger one if an event of this length does
 * not fit into it. NULL: no memory. */
struct chunk *chunk_take(int class, uint64_t length);

/* Whether there is room for one more event. */
static inline bool chunk_fits(const struct chunk *c, uint64_t length) {
    uint64_t metas = offsetof(struct chunk, metas) + (c->count + 1) * sizeof c->metas[0];
    return c->lowest >= metas && c->lowest - metas >= length && c->count < RUN_BATCH;
}

/* Copies an event that fits. */
void chunk_add(struct chunk *c, uint64_t origin, uint64_t sequence, const uint8_t *payload, uint64_t length);

/* Sorts what was given back, and frees what is not kept. */
void chunks_trim(void);

/* Where those are that were given back, newest first, until somebody needs one: by Go,
 * from any thread and without a lock, see stage.go. */
extern _Atomic(struct chunk *) chunks_given_back;

#endif
