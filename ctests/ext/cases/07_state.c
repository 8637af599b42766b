/* The state of a daemon: what snapshot makes of its emits, and when snapshot and restore come. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* What the next snapshot emits; what restore was called with last. */
struct state {
    const char *texts[4];
    size_t lengths[4], count;
    const uint8_t *given;
    size_t length;
    char copy[64];
    int answer;
};

static void emit_state(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    const struct state *s = a->context;
    for (size_t i = 0; i < s->count; i++)
        net_meshos_snapshot_emit(emit, (const uint8_t *)s->texts[i], s->lengths[i]);
}

static int take_state(struct actor *a, const uint8_t *state, size_t length) {
    struct state *s = a->context;
    s->given = state;
    s->length = length;
    memset(s->copy, 0, sizeof s->copy);
    if (state)
        memcpy(s->copy, state, length < sizeof s->copy ? length : sizeof s->copy - 1);
    return s->answer;
}

/* ---- snapshot ---- */

static void expect_state(struct actor *a, const char *text, size_t expected) {
    uint8_t *out = (uint8_t *)(uintptr_t)0x77;
    size_t length = 99;
    NEED_OK(net_meshos_ext_snapshot(a->sdk, a->id, &out, &length));
    CHECK_U64(length, expected);
    CHECK((out == NULL) == (expected == 0));
    if (out && length == expected)
        CHECK(memcmp(out, text, length) == 0);
    net_meshos_ext_free_bytes(out, length);
}

CASE(snapshot_bytes, "snapshot: the bytes that the callback has emitted; the first emit wins") {
    struct state s = {0};
    struct actor a = {.snapshot = emit_state, .restore = take_state, .context = &s};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    expect_state(&a, "", 0); /* it emits nothing */
    s = (struct state){.texts = {"one", "two", "three"}, .lengths = {3, 3, 5}, .count = 1};
    expect_state(&a, "one", 3);
    s.count = 3;
    expect_state(&a, "one", 3);
    s = (struct state){.texts = {"a\0b\xff"}, .lengths = {4}, .count = 1};
    expect_state(&a, "a\0b\xff", 4);
    s = (struct state){.texts = {"", "late"}, .lengths = {0, 4}, .count = 2};
    expect_state(&a, "", 0); /* an empty emit is an emit */
    s = (struct state){.texts = {NULL, "late"}, .lengths = {0, 4}, .count = 2};
    expect_state(&a, "", 0);
    s = (struct state){.texts = {NULL, "good"}, .lengths = {1, 4}, .count = 2};
    expect_state(&a, "good", 4); /* NULL with a length is none */
    CHECK_INT(gauge_get(&a.snapshots), 7);
    CHECK(ran_where_it_should(a.thread));
    ACTOR_END(&a);
    sdk_end(sdk);
}

static void emit_elsewhere(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    NetMeshOsSnapshotEmitCtx **before = a->context;
    const uint8_t *late = (const uint8_t *)"late";
    net_meshos_snapshot_emit(NULL, late, 4);
    net_meshos_snapshot_emit((NetMeshOsSnapshotEmitCtx *)(uintptr_t)0x5a5a, late, 4);
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)(void *)emit, late, 4);
    if (*before)
        net_meshos_snapshot_emit(*before, late, 4);
    *before = emit;
    char text[] = "now";
    net_meshos_snapshot_emit(emit, (const uint8_t *)text, 3);
    memset(text, '?', sizeof text);
}

static int ignore_state(struct actor *a, const uint8_t *state, size_t length) {
    (void)a, (void)state, (void)length;
    return 0;
}

CASE(snapshot_contexts, "snapshot: emits are copied at once, and bad contexts ignored") {
    NetMeshOsSnapshotEmitCtx *last = NULL;
    struct actor a = {.snapshot = emit_elsewhere, .restore = ignore_state, .context = &last};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 20; i++) {
        expect_state(&a, "now", 3);
        net_meshos_snapshot_emit(last, (const uint8_t *)"late", 4);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(snapshot_stateless, "snapshot: NULL and 0 for a daemon without that callback") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    expect_state(&a, "", 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

enum { LARGE = 32 << 20 };

static void emit_large(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    const uint8_t *bytes = a->context;
    net_meshos_snapshot_emit(emit, bytes, LARGE);
}

static int compare_large(struct actor *a, const uint8_t *state, size_t length) {
    CHECK_U64(length, LARGE);
    CHECK(memcmp(state, a->context, length) == 0);
    return 0;
}

CASE(state_large, "state: 32 MiB go out and come back whole, and may be freed") {
    mesh_keys("'request_timeout_ms': 30000"); /* so much is written at 10 MB a second */
    uint8_t *bytes = malloc(LARGE), *out = NULL;
    size_t length = 0;
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    struct actor a = {.snapshot = emit_large, .restore = compare_large, .context = bytes};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 3; i++) {
        NEED_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length));
        NEED_OK(net_meshos_ext_restore(sdk, a.id, out, length));
        net_meshos_ext_free_bytes(out, length);
        net_meshos_ext_free_bytes(out, length); /* what has been freed is ignored */
    }
    ACTOR_END(&a);
    sdk_end(sdk);
    free(bytes);
}

struct taking {
    struct actor *actor;
    int status;
    long processed; /* when it was over */
};

static void *take_snapshot(void *context) {
    struct taking *t = context;
    uint8_t *out = NULL;
    size_t length = 0;
    t->status = net_meshos_ext_snapshot(t->actor->sdk, t->actor->id, &out, &length);
    t->processed = gauge_get(&t->actor->processed);
    net_meshos_ext_free_bytes(out, length);
    return NULL;
}

CASE(snapshot_between, "snapshot: waits for the callback that runs") {
    struct state s = {.texts = {"x"}, .lengths = {1}, .count = 1};
    struct actor a = {.snapshot = emit_state, .restore = take_state, .context = &s};
    struct taking t = {&a, 99, 0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    pthread_t thread = thread_start(take_snapshot, &t);
    CHECK(!gauge_reaches(&a.snapshots, 1, 50));
    actor_let_go(&a);
    THREAD_JOIN(thread);
    CHECK_INT(t.status, 0);
    CHECK_AT_LEAST((uint64_t)t.processed, 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* Its state is the sequence of the last event, or what was restored later: the context. */
static void emit_last(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    net_meshos_snapshot_emit(emit, a->context, 1);
}

static int replace_last(struct actor *a, const uint8_t *state, size_t length) {
    char *last = a->context;
    *last = length == 1 ? (char)state[0] : '?';
    return 0;
}

/* Fails if its payload isn't the state, and for the sequence f. */
static int expect_last(struct actor *a, const struct call *c) {
    char *last = a->context;
    bool other = c->payload && *last != (char)*c->payload;
    *last = (char)c->sequence;
    return other || c->sequence == 'f';
}

struct in_order {
    struct actor *actor;
    blocking blocked;
    const char *restore; /* NULL: a snapshot */
    char state[2];
};

static void *ask_for_state(void *context) {
    struct in_order *o = context;
    uint8_t *out = NULL;
    size_t length = 0;
    blocking_enter(&o->blocked);
    if (o->restore) {
        EXPECT_OK(net_meshos_ext_restore(o->actor->sdk, o->actor->id, (const uint8_t *)o->restore, 1));
        return NULL;
    }
    NEED_OK(net_meshos_ext_snapshot(o->actor->sdk, o->actor->id, &out, &length));
    NEED(length == 1);
    o->state[0] = (char)out[0];
    net_meshos_ext_free_bytes(out, length);
    return NULL;
}

CASE(state_order, "state: after the events that were posted before, and before those that are posted later") {
    char last = '?';
    struct actor a = {.process = expect_last, .snapshot = emit_last, .restore = replace_last, .context = &last};
    struct in_order taking = {.actor = &a}, giving = {.actor = &a, .restore = "x"};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    for (int i = '1'; i <= '5'; i++)
        POST(sdk, a.id, 1, (uint64_t)i, "");
    pthread_t threads[2] = {thread_start(ask_for_state, &taking)};
    blocking_need(&taking.blocked);
    POST(sdk, a.id, 1, '6', "5");
    threads[1] = thread_start(ask_for_state, &giving);
    blocking_need(&giving.blocked);
    POST(sdk, a.id, 1, '7', "x");
    actor_let_go(&a);
    THREAD_JOIN(threads[0]);
    THREAD_JOIN(threads[1]);
    FLUSH(sdk, a.id);
    CHECK_TEXT(taking.state, "5");
    CHECK_INT(gauge_get(&a.restores), 1);
    CHECK_U64(json_u64(look_at(sdk, a.id), "failures"), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(state_held, "state: a daemon that is held or stopped answers at once") {
    char last = '?';
    struct actor a = {.process = expect_last, .snapshot = emit_last, .restore = replace_last, .context = &last};
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': 3600000, 'backoff_max_ms': 3600000}");
    actor_begin(&a, sdk, 1);
    EXPECT(deliver(sdk, a.id, 1, 'f', ""), -2, process_failed);
    POST(sdk, a.id, 1, 'n', ""); /* waits for an hour */
    expect_state(&a, in_durable_mesh() ? "?" : "f", 1); /* there a failure goes back to the last commit */
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"y", 1));
    expect_state(&a, "y", 1);
    POLL_UNTIL(json_u64(look_at(sdk, a.id), "inbox_depth") == 1);
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1));
    expect_state(&a, "y", 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restore_held, "restore: a daemon that is held continues with this state") {
    char last = '?';
    struct actor a = {.process = expect_last, .snapshot = emit_last, .restore = replace_last, .context = &last};
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': 3600000, 'backoff_max_ms': 3600000}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 'a', ""));
    expect_state(&a, "a", 1);
    EXPECT(deliver(sdk, a.id, 1, 'f', ""), -2, process_failed);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"y", 1));
    NEED_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    EXPECT_OK(deliver(sdk, a.id, 1, 'z', "y")); /* which fails if the state is another one */
    CHECK_INT(gauge_get(&a.restores), in_durable_mesh() ? 2 : 1); /* there also when it failed */
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(snapshot_stopped, "snapshot: works on a stopped daemon, restore too") {
    struct state s = {.texts = {"x"}, .lengths = {1}, .count = 1};
    struct actor a = {.snapshot = emit_state, .restore = take_state, .context = &s};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1));
    expect_state(&a, "x", 1);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"y", 1));
    CHECK_TEXT(s.copy, "y");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(snapshot_ended, "snapshot: -2 stopped of a daemon that has ended, and out is left alone") {
    struct state s = {.texts = {"x"}, .lengths = {1}, .count = 1};
    struct actor a = {.snapshot = emit_state, .restore = take_state, .context = &s};
    mesh_keys("'request_timeout_ms': 700");
    NetMeshOsSdk *sdk = sdk_new("{}");
    uint8_t *untouched = (uint8_t *)(uintptr_t)0x77, *out = untouched;
    size_t length = 99;
    actor_begin(&a, sdk, 1);
    actor_hold(&a); /* so that it is still there when its end is over */
    EXPECT(net_meshos_graceful_shutdown(a.handle, 1), -2, shutdown_failed);
    EXPECT(net_meshos_ext_snapshot(sdk, a.id, &out, &length), -2, stopped);
    EXPECT(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"x", 1), -2, stopped);
    EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, stopped);
    EXPECT(post(sdk, a.id, 1, 0, ""), -2, stopped);
    CHECK(out == untouched);
    CHECK_U64(length, 99);
    actor_let_go(&a);
    ACTOR_END(&a);
    EXPECT(net_meshos_ext_snapshot(sdk, a.id, &out, &length), -2, in_mesh() ? mesh_unavailable : not_found);
    CHECK(out == untouched);
    sdk_end(sdk);
}
