#include "chunks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "border.h"
#include "memory.h"

/* Free chunks beyond so many bytes go back to malloc. */
#define KEPT_BYTES (UINT64_C(4) << 20)

static const uint64_t class_sizes[CHUNK_CLASSES] = {1 << 10, 1 << 12, 1 << 14, 1 << 16};

_Atomic(struct chunk *) chunks_given_back;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static struct chunk *free_chunks[CHUNK_CLASSES];
static uint64_t kept_bytes;

/* Sorts the chunks that were given back, and returns those that are not kept; the
 * lock is held. They are taken all at once, so none can come back in between. */
static struct chunk *sort_given_back(void) {
    struct chunk *left = NULL, *next;
    for (struct chunk *c = atomic_exchange_explicit(&chunks_given_back, NULL, memory_order_acquire); c; c = next) {
        next = c->next;
        struct chunk **list = &left;
        if (c->class < CHUNK_CLASSES && kept_bytes + c->size <= KEPT_BYTES) {
            kept_bytes += c->size;
            list = &free_chunks[c->class];
        }
        c->next = *list;
        *list = c;
    }
    return left;
}

static struct chunk *take_free(int class) {
    struct chunk *c = free_chunks[class];
    if (c) {
        free_chunks[class] = c->next;
        kept_bytes -= c->size;
    }
    return c;
}

static void free_all(struct chunk *c) {
    while (c) {
        struct chunk *next = c->next;
        memory_free(c);
        c = next;
    }
}

static struct chunk *take_kept(int class) {
    struct chunk *left = NULL;
    border_lock(&lock);
    struct chunk *c = take_free(class);
    if (!c && atomic_load_explicit(&chunks_given_back, memory_order_relaxed)) {
        left = sort_given_back();
        c = take_free(class);
    }
    border_unlock(&lock);
    free_all(left);
    return c;
}

void chunks_trim(void) {
    if (!atomic_load_explicit(&chunks_given_back, memory_order_relaxed))
        return;
    border_lock(&lock);
    struct chunk *left = sort_given_back();
    border_unlock(&lock);
    free_all(left);
}

struct chunk *chunk_take(int class, uint64_t length) {
    uint64_t least = sizeof(struct chunk) + sizeof(struct event_meta) + length;
    while (class < CHUNK_CLASSES && class_sizes[class] < least)
        class++;
    uint64_t size = class < CHUNK_CLASSES ? class_sizes[class] : least;
    struct chunk *c = class < CHUNK_CLASSES ? take_kept(class) : NULL;
    if (!c)
        c = memory_take(size);
    if (!c)
        return NULL;
    c->next = NULL;
    c->size = c->lowest = size;
    c->count = 0;
    c->class = class;
    return c;
}

void chunk_add(struct chunk *c, uint64_t origin, uint64_t sequence, const uint8_t *payload, uint64_t length) {
    c->lowest -= length;
    if (length > 0)
        memcpy((uint8_t *)c + c->lowest, payload, length);
    c->metas[c->count++] = (struct event_meta){origin, sequence, c->lowest, length};
}
