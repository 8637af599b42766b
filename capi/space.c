#include "space.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "memory.h"

static _Atomic(void *) spares[SPACE_SPARES];

/* Each space begins at another place, so that threads rarely meet at one. */
static _Atomic(void *) *place(const struct space *s, size_t i) {
    return &spares[((uintptr_t)s / 64 + i) % SPACE_SPARES];
}

static void *take_block(const struct space *s) {
    for (size_t i = 0; i < SPACE_SPARES; i++) {
        _Atomic(void *) *at = place(s, i);
        void *block = atomic_load_explicit(at, memory_order_relaxed);
        if (block && (block = atomic_exchange_explicit(at, NULL, memory_order_acquire)))
            return block;
    }
    return memory_take(SPACE_BLOCK);
}

static void give_back(const struct space *s, void *memory, size_t size) {
    for (size_t i = 0; size == SPACE_BLOCK && i < SPACE_SPARES; i++) {
        _Atomic(void *) *at = place(s, i);
        void *none = NULL;
        if (!atomic_load_explicit(at, memory_order_relaxed) &&
            atomic_compare_exchange_strong_explicit(at, &none, memory, memory_order_release, memory_order_relaxed))
            return;
    }
    memory_free(memory);
}

bool space_grow(struct space *s, size_t used, size_t need, const void *own) {
    size_t size = SPACE_BLOCK;
    while (size < need) {
        if (size > MEMORY_MOST / 2)
            return false;
        size *= 2;
    }
    void *at;
    if (s->size > SPACE_BLOCK) {
        at = memory_resize(s->at, size); /* which needn't copy */
        if (!at)
            return false;
    } else {
        at = size == SPACE_BLOCK ? take_block(s) : memory_take(size);
        if (!at)
            return false;
        if (used > 0)
            memcpy(at, s->at, used);
        if (s->at != own)
            give_back(s, s->at, s->size);
    }
    s->at = at;
    s->size = size;
    return true;
}

void space_reset(struct space *s, void *own, size_t own_size) {
    if (s->at == own)
        return;
    if (s->at)
        give_back(s, s->at, s->size);
    s->at = own;
    s->size = own_size;
}
