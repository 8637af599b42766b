/* Emit buffers, one thread: what is kept of emits, and the memory for it. */
#include <stdlib.h>
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

static void check_piece(const struct emit_buffer *b, size_t i, const void *bytes, size_t length) {
    NEED(i < b->count);
    size_t begin = i > 0 ? emit_ends(b)[i - 1] : 0;
    if (CHECK_U64(emit_ends(b)[i] - begin, length) && length > 0)
        CHECK(memcmp(emit_bytes(b) + begin, bytes, length) == 0);
}

static void pieces_are_kept_in_order(void) {
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    emit_process(context, "one", 3);
    emit_process(context, "fourteen bytes", 14);
    emit_process(context, "3", 1);
    emit_close(b);
    CHECK_U64(b->count, 3);
    CHECK_U64(b->used, 18);
    check_piece(b, 0, "one", 3);
    check_piece(b, 1, "fourteen bytes", 14);
    check_piece(b, 2, "3", 1);
    CHECK(!b->lost);
    emit_give_back(b);
}

static void bytes_are_copied(void) {
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    char source[] = "before";
    emit_process(context, source, 6);
    memset(source, 'x', sizeof source);
    check_piece(b, 0, "before", 6);
    emit_close(b);
    emit_give_back(b);
}

static void empty_pieces_count(void) {
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    emit_process(context, NULL, 0);
    emit_process(context, "x", 0);
    emit_process(context, "x", 1);
    emit_process(context, NULL, 0);
    emit_close(b);
    CHECK_U64(b->count, 4);
    check_piece(b, 0, NULL, 0);
    check_piece(b, 1, NULL, 0);
    check_piece(b, 2, "x", 1);
    check_piece(b, 3, NULL, 0);
    emit_give_back(b);
}

static void null_with_a_length_is_ignored(void) {
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    emit_process(context, NULL, 1);
    emit_process(context, NULL, SIZE_MAX);
    emit_close(b);
    CHECK_U64(b->count, 0);
    context = emit_open(b, EMIT_SNAPSHOT);
    emit_snapshot(context, NULL, 1); /* nor is it the first that counts */
    emit_snapshot(context, "state", 5);
    emit_close(b);
    CHECK_U64(b->count, 1);
    check_piece(b, 0, "state", 5);
    CHECK(!b->lost);
    emit_give_back(b);
}

static void the_first_snapshot_counts(void) {
    struct emit_buffer *b = borrow();
    for (size_t first = 0; first < 4; first++) {
        uintptr_t context = emit_open(b, EMIT_SNAPSHOT);
        emit_snapshot(context, "abc", first); /* an empty one too */
        emit_snapshot(context, "late", 4);
        emit_snapshot(context, NULL, 0);
        emit_close(b);
        CHECK_U64(b->count, 1);
        check_piece(b, 0, "abc", first);
    }
    emit_give_back(b);
}

static void reopening_keeps_and_opening_empties(void) {
    struct emit_buffer *b = borrow();
    emit_process(emit_open(b, EMIT_PROCESS), "one", 3);
    emit_close(b);
    emit_process(emit_reopen(b, EMIT_PROCESS), "two", 3);
    emit_close(b);
    CHECK_U64(b->count, 2);
    check_piece(b, 1, "two", 3);
    emit_truncate(b, 1);
    CHECK_U64(b->count, 1);
    CHECK_U64(b->used, 3);
    emit_process(emit_reopen(b, EMIT_PROCESS), "III", 3);
    emit_close(b);
    check_piece(b, 0, "one", 3);
    check_piece(b, 1, "III", 3);
    emit_open(b, EMIT_PROCESS);
    emit_close(b);
    CHECK_U64(b->count, 0);
    CHECK_U64(b->used, 0);
    emit_give_back(b);
}

static void large_pieces_are_kept_and_their_memory_is_given_up(void) {
    enum { LARGE = 24 << 20 };
    uint8_t *payload = malloc(LARGE);
    NEED(payload != NULL);
    for (size_t i = 0; i < LARGE; i++)
        payload[i] = (uint8_t)(i * 7 + i / 4096);
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    emit_process(context, "small", 5);
    emit_process(context, payload, LARGE);
    emit_process(context, "small", 5);
    emit_close(b);
    check_piece(b, 1, payload, LARGE);
    check_piece(b, 2, "small", 5);
    emit_give_back(b);
    CHECK(borrow() == b);
    CHECK_U64(b->bytes.size, EMIT_OWN_BYTES);
    free(payload);
    emit_give_back(b);
}

static void many_pieces_are_kept(void) {
    enum { PIECES = 20000 };
    struct rng r = rng_new(1), again = r;
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    for (int i = 0; i < PIECES; i++) {
        uint8_t bytes[64];
        memset(bytes, i & 0xFF, sizeof bytes);
        emit_process(context, bytes, rng_below(&r, sizeof bytes + 1));
    }
    emit_close(b);
    CHECK_U64(b->count, PIECES);
    for (size_t i = 0; i < PIECES; i++) {
        uint8_t bytes[64];
        memset(bytes, (int)(i & 0xFF), sizeof bytes);
        check_piece(b, i, bytes, rng_below(&again, sizeof bytes + 1));
    }
    emit_give_back(b);
}

static void a_piece_without_memory_is_said_to_be_lost(void) {
    struct emit_buffer *b = borrow();
    uintptr_t context = emit_open(b, EMIT_PROCESS);
    emit_process(context, "kept", 4);
    static const uint8_t large[EMIT_OWN_BYTES + 1];
    alloc_fail_after(0); /* its bytes */
    emit_process(context, large, sizeof large);
    CHECK(alloc_has_failed());
    CHECK(b->lost);
    CHECK_U64(b->count, 1);
    CHECK_U64(b->used, 4);
    check_piece(b, 0, "kept", 4);
    emit_process(context, "x", SIZE_MAX); /* overflows before it reads */
    emit_process(context, "x", SIZE_MAX / 2 + 2);
    emit_process(context, "x", SIZE_MAX / 2); /* a sanitizer's malloc would end the process */
    emit_process(context, "x", (size_t)1 << 40);
    CHECK_U64(b->count, 1);
    CHECK(b->lost);
    emit_close(b);
    context = emit_open(b, EMIT_PROCESS);
    CHECK(!b->lost);
    for (int i = 0; i < EMIT_OWN_PIECES; i++)
        emit_process(context, "kept", 4);
    alloc_fail_after(0); /* its end: the bytes fit */
    emit_process(context, NULL, 0);
    CHECK(alloc_has_failed());
    CHECK(b->lost);
    CHECK_U64(b->count, EMIT_OWN_PIECES);
    emit_close(b);
    emit_give_back(b);
}

/* Whatever each of them has had, and in whatever order. */
static void buffers_keep_what_is_theirs(void) {
    enum { MANY = 200 };
    static struct emit_buffer *all[MANY];
    static const uint8_t payload[100000];
    for (size_t i = 0; i < MANY; i++)
        all[i] = borrow();
    size_t before = alloc_live();
    for (size_t i = 0; i < MANY; i++) {
        uintptr_t context = emit_open(all[i], EMIT_PROCESS);
        emit_process(context, payload, 500 * i);
        for (size_t n = 0; n < 100 * i; n++)
            emit_process(context, NULL, 0);
        emit_close(all[i]);
        CHECK_U64(all[i]->count, 1 + 100 * i);
    }
    CHECK(alloc_live() > before + MANY);
    for (size_t i = 0; i < MANY; i++)
        emit_empty(all[i]);
    CHECK_U64(alloc_live(), before + SPACE_SPARES);
    for (size_t i = 0; i < MANY; i++)
        emit_give_back(all[i]);
}

/* More than any pool has workers. */
static void buffers_are_borrowed_and_given_back(void) {
    enum { MANY = 10000 };
    static struct emit_buffer *all[MANY];
    static uintptr_t contexts[MANY];
    for (size_t i = 0; i < MANY; i++) {
        all[i] = borrow();
        contexts[i] = emit_open(all[i], EMIT_PROCESS);
    }
    for (size_t i = 0; i < MANY; i++)
        emit_process(contexts[i], &i, sizeof i);
    for (size_t i = 0; i < MANY; i++) {
        CHECK_U64(all[i]->count, 1);
        check_piece(all[i], 0, &i, sizeof i);
        emit_close(all[i]);
    }
    for (size_t i = 0; i < MANY; i++)
        emit_give_back(all[i]);
    for (size_t i = 0; i < MANY; i++) {
        alloc_fail_after(0);
        CHECK(emit_borrow() != NULL && !alloc_has_failed()); /* those given back: takes no memory */
    }
}

static void no_memory_is_no_buffer(void) {
    for (unsigned after = 0; after < 2; after++) { /* the buffer, or its place */
        size_t before = alloc_live();
        alloc_fail_after(after);
        CHECK(emit_borrow() == NULL);
        CHECK(alloc_has_failed());
        CHECK_U64(alloc_live(), before);
    }
    emit_give_back(borrow());
}

const struct test emit_tests[] = {
    {"emit: pieces are kept in order", pieces_are_kept_in_order},
    {"emit: bytes are copied", bytes_are_copied},
    {"emit: empty pieces count", empty_pieces_count},
    {"emit: NULL with a length is ignored", null_with_a_length_is_ignored},
    {"emit: the first snapshot counts", the_first_snapshot_counts},
    {"emit: reopening keeps and opening empties", reopening_keeps_and_opening_empties},
    {"emit: large pieces are kept and their memory is given up", large_pieces_are_kept_and_their_memory_is_given_up},
    {"emit: buffers keep what is theirs", buffers_keep_what_is_theirs},
    {"emit: many pieces are kept (random)", many_pieces_are_kept},
    {"emit: a piece without memory is said to be lost", a_piece_without_memory_is_said_to_be_lost},
    {"emit: buffers are borrowed and given back", buffers_are_borrowed_and_given_back},
    {"emit: no memory is no buffer", no_memory_is_no_buffer},
    {NULL, NULL},
};
