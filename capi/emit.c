#include "emit.h"

#include <stdatomic.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "abi.h"
#include "border.h"
#include "errors.h"
#include "memory.h"

enum {
    INDEX_BITS = 20,
    SEQUENCE_BITS = 30,
    CHUNK_BITS = 8,
    CHUNKS = 1 << (INDEX_BITS - CHUNK_BITS),
};

/* Contexts are between 2^51 and 2^52, so they are no handles, and above every
 * address that a process gets unasked. */
#define MARK (UINT64_C(1) << 51)
#define KIND_SHIFT (INDEX_BITS + SEQUENCE_BITS)
#define INDEX_MASK ((UINT64_C(1) << INDEX_BITS) - 1)
#define SEQUENCE_MASK ((UINT64_C(1) << SEQUENCE_BITS) - 1)

/* The buffers by their indices. Nothing here is ever freed: contexts are looked
 * up at any time. */
typedef _Atomic(struct emit_buffer *) place;
static _Atomic(place *) chunks[CHUNKS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static uint32_t used;                                    /* indices that have ever been given */
static struct emit_buffer *free_head;

static place *place_of(uint32_t index) {
    place *chunk = atomic_load_explicit(&chunks[index >> CHUNK_BITS], memory_order_acquire);
    return chunk ? &chunk[index & ((1u << CHUNK_BITS) - 1)] : NULL;
}

/* Gives a buffer an index that none has had. False: no memory, or none left. */
static bool give_index(struct emit_buffer *b) {
    border_lock(&lock);
    bool given = used <= INDEX_MASK;
    if (given && !place_of(used)) {
        place *chunk = memory_zeroed((size_t)1 << CHUNK_BITS, sizeof *chunk);
        atomic_store_explicit(&chunks[used >> CHUNK_BITS], chunk, memory_order_release);
        given = chunk != NULL;
    }
    if (given) {
        b->index = used++;
        atomic_store_explicit(place_of(b->index), b, memory_order_release);
    }
    border_unlock(&lock);
    return given;
}

static struct emit_buffer *make(void) {
    struct emit_buffer *b = memory_zeroed(1, sizeof *b);
    if (!b)
        return NULL;
    emit_empty(b);
    if (!give_index(b)) {
        memory_free(b);
        return NULL;
    }
    return b;
}

struct emit_buffer *emit_borrow(void) {
    border_lock(&lock);
    struct emit_buffer *b = free_head;
    if (b)
        free_head = b->next_free;
    border_unlock(&lock);
    return b ? b : make();
}

void emit_give_back(struct emit_buffer *b) {
    emit_empty(b);
    border_lock(&lock);
    b->next_free = free_head;
    free_head = b;
    border_unlock(&lock);
}

void emit_truncate(struct emit_buffer *b, size_t count) {
    b->count = count;
    b->used = count > 0 ? emit_ends(b)[count - 1] : 0;
    b->lost = false;
}

void emit_empty(struct emit_buffer *b) {
    space_reset(&b->bytes, b->own_bytes, sizeof b->own_bytes);
    space_reset(&b->ends, b->own_ends, sizeof b->own_ends);
    emit_truncate(b, 0);
}

uintptr_t emit_open(struct emit_buffer *b, enum emit_kind kind) {
    emit_empty(b);
    return emit_reopen(b, kind);
}

uintptr_t emit_reopen(struct emit_buffer *b, enum emit_kind kind) {
    /* With a new index no context is used twice. Indices run out after 2^50
     * callbacks; only then do contexts repeat. */
    if (b->sequence == SEQUENCE_MASK) {
        give_index(b);
        b->sequence = 0;
    }
    b->sequence++;
    uintptr_t context = MARK | (uint64_t)kind << KIND_SHIFT | b->sequence << INDEX_BITS | b->index;
    /* No lock: an emit with an older context finds that it is not the open one,
     * old or new. Release: an emit that finds this one finds the buffer as it is
     * now. */
    atomic_store_explicit(&b->context, context, memory_order_release);
    return context;
}

/* Waits for a thread that emits, which copies a piece. To sleep in the end lets it
 * run even where this thread has a higher priority. */
static void let_emit(unsigned tries) {
    if (tries < 100)
        sched_yield();
    else
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

/* Exchanges the open context. False: another one is open, or none. */
static bool exchange(struct emit_buffer *b, uint64_t open, uint64_t by) {
    for (unsigned tries = 0;; tries++) {
        uint64_t found = open;
        /* Acquire: what threads have emitted before is seen. */
        if (atomic_compare_exchange_strong_explicit(&b->context, &found, by, memory_order_acq_rel, memory_order_relaxed))
            return true;
        if (found != (open | EMIT_BUSY))
            return false;
        let_emit(tries);
    }
}

void emit_close(struct emit_buffer *b) {
    exchange(b, atomic_load_explicit(&b->context, memory_order_relaxed) & ~EMIT_BUSY, 0);
}

/* The context is busy with this. */
static void append(struct emit_buffer *b, const uint8_t *payload, size_t length) {
    bool fits = length <= SIZE_MAX - b->used &&
                space_reserve(&b->bytes, b->used, b->used + length, b->own_bytes) &&
                space_reserve(&b->ends, b->count * sizeof(size_t), (b->count + 1) * sizeof(size_t), b->own_ends);
    if (!fits) {
        b->lost = true;
        return;
    }
    if (length > 0)
        memcpy(emit_bytes(b) + b->used, payload, length);
    b->used += length;
    emit_ends(b)[b->count++] = b->used;
}

static void emit(uintptr_t context, enum emit_kind kind, const uint8_t *payload, size_t length) {
    if ((context >> KIND_SHIFT) != (MARK >> KIND_SHIFT | (uint64_t)kind) || (!payload && length > 0))
        return;
    place *at = place_of((uint32_t)(context & INDEX_MASK));
    struct emit_buffer *b = at ? atomic_load_explicit(at, memory_order_acquire) : NULL;
    if (!b)
        return;
    if (border_is_inside()) {
        meshos_fail(MESHOS_E_INTERRUPTED);
        return;
    }
    border_begin();
    if (exchange(b, context, context | EMIT_BUSY)) {
        bool first_only = kind == EMIT_SNAPSHOT; /* its buffer was empty when it was opened */
        if (!(first_only && b->count > 0))
            append(b, payload, length);
        atomic_store_explicit(&b->context, context, memory_order_release);
    }
    border_end();
}

void net_meshos_process_emit(NetMeshOsProcessEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len) {
    emit((uintptr_t)ctx, EMIT_PROCESS, payload_ptr, payload_len);
}

void net_meshos_snapshot_emit(NetMeshOsSnapshotEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len) {
    emit((uintptr_t)ctx, EMIT_SNAPSHOT, payload_ptr, payload_len);
}
