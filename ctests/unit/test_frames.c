/* Frames: inside which daemons' callbacks a thread is, and what those get. */
#include <string.h>

#include "frames.h"
#include "unit.h"

static struct daemon_cell *make(const NetMeshOsDaemonVtable *vtable, void *ctx, void (*destroy)(void *)) {
    struct daemon_cell *d = slot_take(&daemon_table);
    NEED(d != NULL);
    NEED(daemon_cell_fill(d, 8, "x", 1, vtable, ctx, destroy));
    return d;
}

static void frames_nest(void) {
    static struct daemon_cell a, b;
    struct frame first, second, third;
    CHECK(frame_current() == NULL);
    frame_enter(&first, &a);
    CHECK(frame_current() == &first && first.daemon == &a && first.outer == NULL);
    frame_enter(&second, NULL); /* a log function, say */
    frame_enter(&third, &b);
    const struct frame *f = frame_current();
    CHECK(f == &third && f->daemon == &b);
    CHECK(f->outer == &second && f->outer->daemon == NULL);
    CHECK(f->outer->outer == &first && f->outer->outer->outer == NULL);
    frame_leave(&third);
    CHECK(frame_current() == &second);
    frame_leave(&second);
    CHECK(frame_current() == &first);
    frame_leave(&first);
    CHECK(frame_current() == NULL);
}

static void *nest_deeply(void *number) {
    static struct daemon_cell cells[8];
    struct daemon_cell *mine = &cells[(uintptr_t)number];
    CHECK(frame_current() == NULL); /* whatever the other threads are in */
    struct frame frames[100];
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 100; i++)
            frame_enter(&frames[i], mine);
        size_t depth = 0;
        for (const struct frame *f = frame_current(); f; f = f->outer, depth++)
            CHECK(f->daemon == mine);
        CHECK_U64(depth, 100);
        for (size_t i = 100; i > 0; i--)
            frame_leave(&frames[i - 1]);
    }
    CHECK(frame_current() == NULL);
    return NULL;
}

static void each_thread_has_its_own(void) {
    static struct daemon_cell mine;
    struct frame f;
    frame_enter(&f, &mine);
    threads_run(8, nest_deeply);
    CHECK(frame_current() == &f);
    frame_leave(&f);
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

static void snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    called(ctx);
    kept_context = emit;
    if (silent)
        return;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
    net_meshos_snapshot_emit(emit, (const uint8_t *)"late", 4);
}

static void control_is_told(void) {
    expected = make(&(NetMeshOsDaemonVtable){.on_control = on_control}, &marker, NULL);
    daemon_call_on_control(expected, 4, UINT64_MAX, 0.5f);
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
    struct emit_buffer *b = daemon_call_snapshot(expected);
    NEED(b != NULL);
    check_calls(1);
    CHECK(b->used == 5 && memcmp(b->bytes, "state", 5) == 0);
    emit_give_back(b);
    silent = true;
    b = daemon_call_snapshot(expected);
    NEED(b != NULL);
    check_calls(1);
    net_meshos_snapshot_emit(kept_context, (const uint8_t *)"too late", 8);
    CHECK_U64(b->count, 0);
    emit_give_back(b);
    daemon_cell_drop(expected);
}

static void a_snapshot_without_a_buffer_is_not_asked_for(void) {
    expected = make(&(NetMeshOsDaemonVtable){.snapshot = snapshot}, &marker, NULL);
    alloc_fail_after(0);
    CHECK(daemon_call_snapshot(expected) == NULL);
    CHECK(alloc_has_failed());
    check_calls(0);
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

const struct test frames_tests[] = {
    {"frames: they nest", frames_nest},
    {"frames: each thread has its own", each_thread_has_its_own},
    {"frames: control is told", control_is_told},
    {"frames: vitals are asked", vitals_are_asked},
    {"frames: a snapshot is taken", a_snapshot_is_taken},
    {"frames: a snapshot without a buffer is not asked for", a_snapshot_without_a_buffer_is_not_asked_for},
    {"frames: a state is restored", a_state_is_restored},
    {"frames: destroy is called if there is one", destroy_is_called_if_there_is_one},
    {"frames: a log function is in a frame of no daemon", a_log_function_is_in_a_frame_of_no_daemon},
    {NULL, NULL},
};
