/* The functions that a host gives: what they get, and in which frame. */
#include <string.h>

#include "callbacks.h"
#include "frames.h"
#include "unit.h"

static struct daemon_cell *make(const NetMeshOsDaemonVtable *vtable, void *ctx, void (*destroy)(void *)) {
    struct daemon_cell *d = slot_take(&daemon_table);
    NEED(d != NULL);
    NEED(daemon_cell_fill(d, 8, "x", 1, vtable, ctx, destroy));
    return d;
}

/* The callbacks below note what they got, and that they are in their frame. */
static struct daemon_cell *expected;
static char marker;
static unsigned calls;

static void called(const void *ctx) {
    calls++;
    CHECK(ctx == &marker);
    NEED(frame_current() != NULL);
    CHECK(frame_current()->daemon == expected);
    CHECK(frame_current()->outer == NULL);
}

static void check_calls(unsigned count) {
    CHECK_U64(calls, count);
    CHECK(frame_current() == NULL);
    calls = 0;
}

static void on_control(void *ctx, int kind, uint64_t grace_period_ms, float level) {
    called(ctx);
    CHECK_INT(kind, 4);
    CHECK_U64(grace_period_ms, UINT64_MAX);
    CHECK(level == 0.5f);
}

static int health(void *ctx) {
    called(ctx);
    return 77;
}

static float saturation(void *ctx) {
    called(ctx);
    return 0.25f;
}

static void destroy(void *ctx) {
    called(ctx);
}

static int restore(void *ctx, const uint8_t *state, size_t length) {
    called(ctx);
    CHECK((state == NULL) == (length == 0));
    if (length > 0)
        CHECK(length == 5 && memcmp(state, "state", 5) == 0);
    return length > 0 ? -9 : 0;
}

static NetMeshOsSnapshotEmitCtx *kept_context;
static bool silent;
static size_t state_length = 5;
static const uint8_t state_bytes[EMIT_OWN_BYTES + 1] = "state";

static void snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    called(ctx);
    kept_context = emit;
    if (silent)
        return;
    net_meshos_snapshot_emit(emit, state_bytes, state_length);
    net_meshos_snapshot_emit(emit, (const uint8_t *)"late", 4);
}

static void control_is_told(void) {
    expected = make(&(NetMeshOsDaemonVtable){.on_control = on_control}, &marker, NULL);
    daemon_call_on_control(expected, &(NetMeshOsDaemonControl){4, UINT64_MAX, 0.5f});
    check_calls(1);
    daemon_cell_drop(expected);
}

static void vitals_are_asked(void) {
    for (unsigned which = 0; which < 4; which++) {
        NetMeshOsDaemonVtable vtable = {.health = which & 1 ? health : NULL,
                                        .saturation = which & 2 ? saturation : NULL};
        expected = make(&vtable, &marker, NULL);
        int h = -1;
        float s = -1;
        daemon_call_probe(expected, &h, &s);
        CHECK_INT(h, which & 1 ? 77 : NET_MESHOS_HEALTH_HEALTHY);
        CHECK(s == (which & 2 ? 0.25f : 0.0f));
        check_calls((which & 1) + (which >> 1));
        daemon_cell_drop(expected);
    }
}

static void a_snapshot_is_taken(void) {
    expected = make(&(NetMeshOsDaemonVtable){.snapshot = snapshot}, &marker, NULL);
    struct emit_buffer *b = NULL;
    CHECK_INT(daemon_call_snapshot(expected, &b), SNAPSHOT_TAKEN);
    check_calls(1);
    NEED(b != NULL);
    CHECK(b->used == 5 && memcmp(emit_bytes(b), "state", 5) == 0);
    emit_give_back(b);
    struct emit_buffer *none = NULL;
    silent = true;
    CHECK_INT(daemon_call_snapshot(expected, &none), SNAPSHOT_NONE);
    check_calls(1);
    CHECK(!none);
    net_meshos_snapshot_emit(kept_context, (const uint8_t *)"too late", 8);
    CHECK_U64(b->count, 0); /* it has been given back, and nothing comes to it any more */
    CHECK(emit_borrow() == b);
    emit_give_back(b);
    daemon_cell_drop(expected);
}

/* Without memory there is no state, which is not the same as an empty one. */
static void a_snapshot_without_memory_says_so(void) {
    expected = make(&(NetMeshOsDaemonVtable){.snapshot = snapshot}, &marker, NULL);
    struct emit_buffer *b = NULL;
    NEED(emit_borrow() != NULL); /* there is room for more */
    state_length = sizeof state_bytes;
    for (unsigned after = 0; after < 2; after++) { /* the buffer, a state that is too large for it */
        alloc_fail_after(after);
        CHECK_INT(daemon_call_snapshot(expected, &b), SNAPSHOT_NO_MEMORY);
        CHECK(alloc_has_failed());
        check_calls(after > 0);
        if (after > 0) { /* given back all the same; kept, so that the next one is fresh */
            alloc_fail_after(0);
            CHECK(emit_borrow() != NULL && !alloc_has_failed());
        }
    }
    CHECK(!b);
    CHECK_INT(daemon_call_snapshot(expected, &b), SNAPSHOT_TAKEN);
    check_calls(1);
    emit_give_back(b);
    daemon_cell_drop(expected);
}

static void a_state_is_restored(void) {
    expected = make(&(NetMeshOsDaemonVtable){.restore = restore}, &marker, NULL);
    CHECK_INT(daemon_call_restore(expected, (const uint8_t *)"state", 5), -9);
    CHECK_INT(daemon_call_restore(expected, (const uint8_t *)"state", 0), 0); /* an empty one is NULL */
    CHECK_INT(daemon_call_restore(expected, NULL, 0), 0);
    check_calls(3);
    daemon_cell_drop(expected);
}

static void destroy_is_called_if_there_is_one(void) {
    expected = make(NULL, &marker, destroy);
    daemon_call_destroy(expected);
    check_calls(1);
    daemon_cell_drop(expected);
    expected = make(NULL, &marker, NULL);
    daemon_call_destroy(expected);
    check_calls(0);
    daemon_cell_drop(expected);
}

static void log_line(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                     size_t length) {
    called(ctx);
    CHECK(seq == 1 && unix_ms == 2 && level == 3 && daemon_id == 4 && length == 7);
    CHECK(memcmp(message, "message", 7) == 0);
}

static void a_log_function_is_in_a_frame_of_no_daemon(void) {
    expected = NULL;
    call_log(log_line, (uintptr_t)&marker, 1, 2, 3, 4, "message", 7);
    check_calls(1);
}

const struct test callbacks_tests[] = {
    {"callbacks: control is told", control_is_told},
    {"callbacks: vitals are asked", vitals_are_asked},
    {"callbacks: a snapshot is taken", a_snapshot_is_taken},
    {"callbacks: a snapshot without memory says so", a_snapshot_without_memory_says_so},
    {"callbacks: a state is restored", a_state_is_restored},
    {"callbacks: destroy is called if there is one", destroy_is_called_if_there_is_one},
    {"callbacks: a log function is in a frame of no daemon", a_log_function_is_in_a_frame_of_no_daemon},
    {NULL, NULL},
};
