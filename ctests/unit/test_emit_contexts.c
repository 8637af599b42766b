/* Emit contexts: numbers that each stand for one callback. */
#include <string.h>

#include "abi.h"
#include "emit.h"
#include "unit.h"

static void emit_process(uintptr_t context, const void *bytes, size_t length) {
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)context, bytes, length);
}

static void emit_snapshot(uintptr_t context, const void *bytes, size_t length) {
    net_meshos_snapshot_emit((NetMeshOsSnapshotEmitCtx *)context, bytes, length);
}

static struct emit_buffer *borrow(void) {
    struct emit_buffer *b = emit_borrow();
    NEED(b != NULL);
    return b;
}

static void contexts_look_like_no_address_nor_handle(void) {
    struct emit_buffer *b = borrow();
    uintptr_t last = 0;
    for (int i = 0; i < 2000; i++) {
        uintptr_t context = emit_open(b, i % 2 ? EMIT_SNAPSHOT : EMIT_PROCESS);
        CHECK(context >= UINT64_C(1) << 51 && context < UINT64_C(1) << 52);
        CHECK(context != last);
        last = context;
        emit_close(b);
    }
    emit_give_back(b);
}

/* Everything that is not the open context, by both calls. */
static void dead_and_made_up_contexts_are_ignored(void) {
    struct emit_buffer *b = borrow(), *other = borrow();
    uintptr_t before = emit_open(b, EMIT_PROCESS);
    emit_close(b);
    uintptr_t snapshot_before = emit_open(b, EMIT_SNAPSHOT);
    emit_close(b);
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    const uintptr_t none[] = {0, 1, UINTPTR_MAX, before, snapshot_before, (uintptr_t)b, (uintptr_t)&context,
                              UINT64_C(1) << 51, UINT64_C(1) << 52, (UINT64_C(1) << 52) - 1, context | UINT64_C(1) << 52};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        emit_process(none[i], "x", 1);
        emit_snapshot(none[i], "x", 1);
    }
    for (int bit = 0; bit < 64; bit++) {
        emit_process(context ^ UINT64_C(1) << bit, "x", 1);
        emit_snapshot(context ^ UINT64_C(1) << bit, "x", 1);
    }
    struct rng r = rng_new(1);
    for (int i = 0; i < 50000; i++) {
        uintptr_t value = rng_next(&r) >> rng_below(&r, 64);
        if (value != context)
            emit_process(value, "x", 1);
        emit_snapshot(value, "x", 1);
    }
    CHECK_U64(b->count, 0);
    CHECK_U64(other->count, 0);
    emit_process(context, "x", 1);
    CHECK_U64(b->count, 1);
    emit_close(b);
    emit_process(context, "x", 1);
    CHECK_U64(b->count, 1);
    emit_give_back(b);
    emit_process(context, "x", 1);
    CHECK(borrow() == b); /* the next borrower has it empty */
    emit_process(context, "x", 1);
    CHECK_U64(b->count, 0);
    emit_give_back(b);
    emit_give_back(other);
}

static void a_context_is_of_one_kind(void) {
    struct emit_buffer *b = borrow();
    emit_snapshot(emit_open(b, EMIT_PROCESS), "x", 1);
    CHECK_U64(b->count, 0);
    emit_close(b);
    emit_process(emit_open(b, EMIT_SNAPSHOT), "x", 1);
    CHECK_U64(b->count, 0);
    emit_close(b);
    emit_give_back(b);
}

/* A buffer whose contexts are used up takes another index, so that none is
 * used twice: one that a host has kept stays dead. */
static const uint64_t last_sequence = (UINT64_C(1) << 30) - 1;

static void no_context_comes_twice(void) {
    struct emit_buffer *b = borrow();
    uintptr_t first = emit_open(b, EMIT_PROCESS);
    for (int round = 0; round < 3; round++) {
        b->sequence = last_sequence - 2;
        for (int i = 0; i < 5; i++) {
            uintptr_t context = emit_open(b, EMIT_PROCESS);
            CHECK(context >= UINT64_C(1) << 51 && context < UINT64_C(1) << 52);
            CHECK(context != first);
            emit_process(first, "x", 1);
            emit_snapshot(context, "x", 1); /* it hasn't become one of the other kind */
            CHECK_U64(b->count, 0);
            emit_process(context, "x", 1);
            CHECK_U64(b->count, 1);
        }
    }
    emit_close(b);
    emit_give_back(b);
}

static void without_indices_contexts_begin_again(void) {
    struct emit_buffer *b = borrow();
    for (size_t i = 0; i < (size_t)1 << 20; i++) {
        b->sequence = last_sequence;
        emit_open(b, EMIT_PROCESS);
    }
    b->sequence = last_sequence;
    uint32_t index = b->index;
    emit_process(emit_open(b, EMIT_PROCESS), "x", 1);
    CHECK_U64(b->count, 1);
    CHECK_U64(b->index, index);
    emit_close(b);
    size_t before = alloc_live();
    CHECK(emit_borrow() == NULL); /* there is no index for another buffer */
    CHECK_U64(alloc_live(), before);
    emit_give_back(b);
    CHECK(borrow() == b);
}

const struct test emit_contexts_tests[] = {
    {"emit: contexts look like no address nor handle", contexts_look_like_no_address_nor_handle},
    {"emit: dead and made-up contexts are ignored", dead_and_made_up_contexts_are_ignored},
    {"emit: a context is of one kind", a_context_is_of_one_kind},
    {"emit: no context comes twice", no_context_comes_twice},
    {"emit: without indices contexts begin again", without_indices_contexts_begin_again},
    {NULL, NULL},
};
