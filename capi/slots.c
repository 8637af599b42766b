#include "slots.h"


#include "border.h"
#include "memory.h"

enum { CHUNK_CELLS = 1 << SLOT_CHUNK_BITS };

#define HANDLE_MARK (UINT64_C(1) << 52)
#define TAG_SHIFT (SLOT_INDEX_BITS + SLOT_GENERATION_BITS)
#define INDEX_MASK ((UINT64_C(1) << SLOT_INDEX_BITS) - 1)
#define GENERATION_MASK ((UINT64_C(1) << SLOT_GENERATION_BITS) - 1)

static uint64_t generation_of_word(uint64_t word) {
    return word >> 32;
}

static uint64_t generation_of_handle(uintptr_t handle) {
    return handle >> SLOT_INDEX_BITS & GENERATION_MASK;
}

static struct slot *cell_at(struct slot_table *t, uint32_t index) {
    char *chunk = atomic_load_explicit(&t->chunks[index >> SLOT_CHUNK_BITS], memory_order_acquire);
    return chunk ? (struct slot *)(void *)(chunk + (index & (CHUNK_CELLS - 1)) * t->cell_size) : NULL;
}

/* A slot that has never been used, from a chunk that is allocated on its first
 * use; t->lock is held. */
static struct slot *fresh_cell(struct slot_table *t) {
    if (t->used > INDEX_MASK)
        return NULL;
    uint32_t index = t->used;
    struct slot *s = cell_at(t, index);
    if (!s) {
        char *chunk = memory_zeroed(CHUNK_CELLS, t->cell_size);
        if (!chunk)
            return NULL;
        for (uint32_t i = 0; i < CHUNK_CELLS; i++) {
            struct slot *each = (struct slot *)(void *)(chunk + i * t->cell_size);
            each->index = index + i;
        }
        atomic_store_explicit(&t->chunks[index >> SLOT_CHUNK_BITS], chunk, memory_order_release);
        s = cell_at(t, index);
    }
    t->used++;
    return s;
}

void *slot_take(struct slot_table *t) {
    border_lock(&t->lock);
    struct slot *s;
    if (t->free_head) {
        s = cell_at(t, t->free_head - 1);
        t->free_head = s->next_free;
        if (!t->free_head)
            t->free_tail = 0;
    } else {
        s = fresh_cell(t);
    }
    border_unlock(&t->lock);
    if (s)
        atomic_fetch_add_explicit(&s->word, 1, memory_order_relaxed);
    return s;
}

uintptr_t slot_open(struct slot_table *t, void *cell) {
    struct slot *s = cell;
    /* Release: a thread that finds the handle valid sees what the cell was filled with. */
    uint64_t word = atomic_fetch_add_explicit(&s->word, SLOT_OPEN + 1, memory_order_release);
    return HANDLE_MARK | t->tag << TAG_SHIFT | generation_of_word(word) << SLOT_INDEX_BITS | s->index;
}

bool slot_is(const void *cell, uintptr_t handle) {
    const struct slot *s = cell;
    /* The fence keeps reads of the cell before the check. The order of this load
     * and of slot_close's exchange is what mailbox_enter relies on. */
    atomic_thread_fence(memory_order_acquire);
    uint64_t word = atomic_load(&s->word);
    return (word & SLOT_OPEN) && generation_of_word(word) == generation_of_handle(handle);
}

void *slot_peek(struct slot_table *t, uintptr_t handle) {
    if (handle >> TAG_SHIFT != (HANDLE_MARK >> TAG_SHIFT | t->tag) ||
        atomic_load_explicit(&t->disabled, memory_order_relaxed))
        return NULL;
    struct slot *s = cell_at(t, (uint32_t)(handle & INDEX_MASK));
    return s && slot_is(s, handle) ? s : NULL;
}

void *slot_hold(struct slot_table *t, uintptr_t handle) {
    struct slot *s = slot_peek(t, handle);
    if (!s)
        return NULL;
    uint64_t word = atomic_load_explicit(&s->word, memory_order_relaxed);
    do {
        if (!(word & SLOT_OPEN) || generation_of_word(word) != generation_of_handle(handle))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&s->word, &word, word + 1, memory_order_acquire,
                                                    memory_order_relaxed));
    return s;
}

void slot_share(void *cell) {
    struct slot *s = cell;
    atomic_fetch_add_explicit(&s->word, 1, memory_order_relaxed);
}

static void recycle(struct slot_table *t, struct slot *s) {
    if (t->destroy)
        t->destroy(s);
    uint64_t generation = generation_of_word(atomic_load_explicit(&s->word, memory_order_relaxed)) + 1;
    if (generation > GENERATION_MASK)
        return;
    atomic_store_explicit(&s->word, generation << 32, memory_order_release);
    border_lock(&t->lock);
    s->next_free = 0;
    if (t->free_tail)
        cell_at(t, t->free_tail - 1)->next_free = s->index + 1;
    else
        t->free_head = s->index + 1;
    t->free_tail = s->index + 1;
    border_unlock(&t->lock);
}

void slot_drop(struct slot_table *t, void *cell) {
    struct slot *s = cell;
    /* Release: our use of the cell ends before another's destroy; acquire: if
     * that is ours, others' uses have ended. */
    uint64_t word = atomic_fetch_sub_explicit(&s->word, 1, memory_order_acq_rel);
    if ((word & SLOT_REFERENCES) == 1)
        recycle(t, s);
}

void *slot_close(struct slot_table *t, uintptr_t handle) {
    struct slot *s = slot_peek(t, handle);
    if (!s)
        return NULL;
    uint64_t word = atomic_load_explicit(&s->word, memory_order_relaxed);
    do {
        if (!(word & SLOT_OPEN) || generation_of_word(word) != generation_of_handle(handle))
            return NULL;
    } while (!atomic_compare_exchange_weak(&s->word, &word, word & ~SLOT_OPEN));
    return s;
}
