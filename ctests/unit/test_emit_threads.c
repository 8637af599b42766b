/* Emit contexts, many threads. Each piece that is emitted names its context, so
 * that a piece in the wrong callback shows. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "emit.h"
#include "unit.h"

enum { EMITTERS = 4, LOOPS = 300 };

static _Atomic uintptr_t current; /* the context that is open, or was last */
static atomic_bool over;

static void emit_stamped(uintptr_t context, bool snapshot) {
    if (snapshot)
        net_meshos_snapshot_emit((NetMeshOsSnapshotEmitCtx *)context, (const uint8_t *)&context, sizeof context);
    else
        net_meshos_process_emit((NetMeshOsProcessEmitCtx *)context, (const uint8_t *)&context, sizeof context);
}

static void *other_thread(void *context) {
    for (int i = 0; i < 100; i++)
        emit_stamped((uintptr_t)context, false);
    return NULL;
}

static void other_threads_may_emit_while_it_is_open(void) {
    struct emit_buffer *b = emit_borrow();
    NEED(b != NULL);
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    pthread_t threads[EMITTERS];
    for (int i = 0; i < EMITTERS; i++)
        threads[i] = thread_start(other_thread, (void *)context);
    for (int i = 0; i < EMITTERS; i++)
        thread_join(threads[i]);
    emit_close(b);
    CHECK_U64(b->count, EMITTERS * 100);
    for (size_t i = 0; i < b->count; i++) {
        CHECK_U64(emit_ends(b)[i], (i + 1) * sizeof context);
        CHECK(memcmp(emit_bytes(b) + i * sizeof context, &context, sizeof context) == 0);
    }
    pthread_t late = thread_start(other_thread, (void *)context);
    thread_join(late);
    CHECK_U64(b->count, EMITTERS * 100);
    emit_give_back(b);
}

/* Emits on the newest context, which is often closed by then. */
static void *emit_always(void *snapshot) {
    while (!atomic_load(&over))
        emit_stamped(atomic_load_explicit(&current, memory_order_relaxed), snapshot != NULL);
    return NULL;
}

/* The pieces of the closed buffer, read without its lock: no thread may write. */
static void check_closed(const struct emit_buffer *b, uintptr_t context, size_t most) {
    size_t count = b->count, used = b->used;
    CHECK(count <= most);
    CHECK_U64(used, count * sizeof context);
    for (size_t i = 0; i < count; i++) {
        CHECK_U64(emit_ends(b)[i], (i + 1) * sizeof context);
        CHECK(memcmp(emit_bytes(b) + i * sizeof context, &context, sizeof context) == 0);
    }
    sched_yield(); /* the emitters go on */
    CHECK_U64(b->count, count);
    CHECK_U64(b->used, used);
    CHECK(!b->lost);
}

/* Returns when a piece has come. There is nothing to wait on for that. */
static void await_piece(struct emit_buffer *b) {
    uint64_t open = atomic_load(&b->context) & ~EMIT_BUSY;
    for (size_t count = 0; count == 0;) {
        sched_yield();
        uint64_t found = open;
        if (!atomic_compare_exchange_strong(&b->context, &found, open | EMIT_BUSY))
            continue;
        count = b->count;
        atomic_store(&b->context, open);
    }
}

static void open_and_close(enum emit_kind kind, size_t most) {
    struct emit_buffer *b = emit_borrow();
    NEED(b != NULL);
    pthread_t threads[EMITTERS];
    for (int i = 0; i < EMITTERS; i++)
        threads[i] = thread_start(emit_always, kind == EMIT_SNAPSHOT ? &over : NULL);
    for (int i = 0; i < LOOPS; i++) {
        uintptr_t context = emit_open(b, kind);
        atomic_store_explicit(&current, context, memory_order_relaxed);
        if (i % 4 == 0)
            await_piece(b);
        else if (i % 4 == 1)
            sched_yield();
        emit_close(b);
        check_closed(b, context, most);
        if (i % 16 == 0) { /* borrowed again while contexts of before are in use */
            emit_give_back(b);
            b = emit_borrow();
            NEED(b != NULL);
        }
    }
    atomic_store(&over, true);
    for (int i = 0; i < EMITTERS; i++)
        thread_join(threads[i]);
    emit_give_back(b);
}

static void nothing_is_added_after_close(void) {
    open_and_close(EMIT_PROCESS, SIZE_MAX);
}

static void one_of_many_snapshots_counts(void) {
    open_and_close(EMIT_SNAPSHOT, 1);
}

/* Each thread runs callbacks of its own. */
static void *run_callbacks(void *number) {
    struct rng r = rng_new((uintptr_t)number);
    for (int i = 0; i < 3000; i++) {
        struct emit_buffer *b = emit_borrow();
        NEED(b != NULL);
        CHECK_U64(b->count, 0);
        CHECK_U64(b->context, 0);
        uintptr_t context = emit_open(b, EMIT_PROCESS);
        uint64_t pieces = rng_below(&r, 5);
        for (uint64_t p = 0; p < pieces; p++)
            emit_stamped(context, false);
        emit_close(b);
        CHECK_U64(b->count, pieces);
        for (uint64_t p = 0; p < pieces; p++)
            CHECK(memcmp(emit_bytes(b) + p * sizeof context, &context, sizeof context) == 0);
        emit_give_back(b);
    }
    return NULL;
}

static void callbacks_at_once_have_buffers_of_their_own(void) {
    threads_run(8, run_callbacks);
}

const struct test emit_threads_tests[] = {
    {"emit: other threads may emit while it is open", other_threads_may_emit_while_it_is_open},
    {"emit: nothing is added after close", nothing_is_added_after_close},
    {"emit: one of many snapshots counts", one_of_many_snapshots_counts},
    {"emit: callbacks at once have buffers of their own", callbacks_at_once_have_buffers_of_their_own},
    {NULL, NULL},
};
