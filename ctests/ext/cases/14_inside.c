/* Calls from inside the callbacks of daemons. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* Another daemon, for callbacks that make calls on one. */
struct friends {
    struct actor *one, *two;
    gauge ready;
    int status[2];
};

static int call_oneself(struct actor *a, const struct call *c) {
    NetMeshOsSdk *sdk = a->sdk;
    uint8_t *out = NULL;
    size_t length = 0;
    (void)c;
    EXPECT(deliver(sdk, a->id, 1, 0, ""), -2, invalid_state);
    EXPECT(net_meshos_ext_snapshot(sdk, a->id, &out, &length), -2, invalid_state);
    EXPECT(net_meshos_ext_restore(sdk, a->id, (const uint8_t *)"x", 1), -2, invalid_state);
    EXPECT(net_meshos_ext_flush(sdk, a->id, 1), -2, invalid_state);
    EXPECT(net_meshos_ext_flush(sdk, a->id, 0), -2, invalid_state);
    EXPECT(net_meshos_ext_flush(sdk, 0, 0), -2, invalid_state);
    return 0;
}

static void give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    (void)a;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
}
static int take(struct actor *a, const uint8_t *state, size_t length) {
    (void)a, (void)state, (void)length;
    return 0;
}

CASE(inside_oneself, "inside: calls that would wait for the callback itself are -2 invalid_state") {
    struct actor a = {.process = call_oneself, .snapshot = give, .restore = take};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static void snapshot_calls(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    call_oneself(a, NULL);
    net_meshos_snapshot_emit(emit, (const uint8_t *)"x", 1);
}
static int restore_calls(struct actor *a, const uint8_t *state, size_t length) {
    (void)state, (void)length;
    return call_oneself(a, NULL);
}
static void control_calls(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)event;
    call_oneself(a, NULL);
}
/* These may run before the case knows the daemon's id. */
static int health_calls(struct actor *a) {
    GAUGE_NEED(a->context, 1);
    return call_oneself(a, NULL);
}
static float saturation_calls(struct actor *a) {
    GAUGE_NEED(a->context, 1);
    return (float)call_oneself(a, NULL);
}

CASE(inside_every_callback, "inside: the same from every other callback") {
    gauge begun = {0};
    struct actor a = {.snapshot = snapshot_calls, .restore = restore_calls, .control = control_calls,
                      .health = health_calls, .saturation = saturation_calls, .context = &begun};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5}");
    uint8_t *out = NULL;
    size_t length = 0;
    actor_begin(&a, sdk, 1);
    gauge_add(&begun, 1);
    EXPECT_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length));
    CHECK_U64(length, 1);
    net_meshos_ext_free_bytes(out, length);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, NULL, 0));
    GAUGE_NEED(&a.probes, 2);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
    GAUGE_NEED(&a.controls, 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static int emit_one(struct actor *a, const struct call *c) {
    (void)a;
    net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

static void output_calls(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                         const uint8_t *payload, size_t length) {
    struct actor *a = ctx;
    (void)id, (void)origin, (void)sequence, (void)number, (void)payload, (void)length;
    EXPECT(deliver(a->sdk, a->id, 1, 0, ""), -2, invalid_state);
    EXPECT(net_meshos_ext_flush(a->sdk, 0, 0), -2, invalid_state);
    gauge_add(a->context, 1);
}

CASE(inside_output_functions, "inside: the same from the output functions") {
    gauge calls = {0};
    struct actor a = {.process = emit_one, .context = &calls};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 0, "x");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_ext_deliver(sdk, a.id, &e, output_calls, &a));
    EXPECT_OK(net_meshos_ext_set_output(sdk, output_calls, &a));
    EXPECT_OK(deliver(sdk, a.id, 1, 0, "x"));
    POST(sdk, a.id, 1, 0, "x");
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&calls), 3);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- Other daemons ---- */

static int call_one(struct actor *a, const struct call *c) {
    struct friends *f = a->context;
    uint8_t *out = NULL;
    size_t length = 0;
    (void)c;
    EXPECT_OK(deliver(a->sdk, f->one->id, 1, 0, ""));
    EXPECT_OK(post(a->sdk, f->one->id, 1, 0, ""));
    EXPECT_OK(net_meshos_ext_flush(a->sdk, f->one->id, 0));
    EXPECT_OK(net_meshos_ext_snapshot(a->sdk, f->one->id, &out, &length));
    EXPECT_OK(net_meshos_ext_restore(a->sdk, f->one->id, out, length));
    net_meshos_ext_free_bytes(out, length);
    return 0;
}

CASE(inside_another, "inside: calls to another daemon work") {
    struct actor one = {.snapshot = give, .restore = take};
    struct friends f = {.one = &one};
    struct actor a = {.process = call_one, .context = &f};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&one, sdk, 1);
    actor_begin(&a, sdk, 2);
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&one.processed), 4);
    ACTOR_END(&a);
    ACTOR_END(&one);
    sdk_end(sdk);
}

/* Delivers to the next daemon in the cycle, and records what that returned. */
static int deliver_on(struct actor *a, const struct call *c) {
    struct friends *f = a->context;
    struct actor *next = a == f->one ? f->two : f->one;
    int status = deliver(a->sdk, next->id, 1, c->sequence + 1, "");
    if (c->sequence == 2)
        EXPECT(status, -2, invalid_state);
    else
        EXPECT(status, 0, NULL);
    return 0;
}

CASE(inside_cycle, "inside: delivering from A to B and back to A is -2 invalid_state") {
    struct friends f = {0};
    struct actor a = {.process = deliver_on, .context = &f}, b = {.process = deliver_on, .context = &f};
    f.one = &a;
    f.two = &b;
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    CHECK_INT(gauge_get(&a.processed), 1);
    CHECK_INT(gauge_get(&b.processed), 1);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

/* Both are inside when they deliver to each other. */
static int deliver_across(struct actor *a, const struct call *c) {
    struct friends *f = a->context;
    bool first = a == f->one;
    if (c->sequence != 1)
        return 0;
    gauge_add(&f->ready, 1);
    GAUGE_NEED(&f->ready, 2);
    f->status[first] = deliver(a->sdk, first ? f->two->id : f->one->id, 1, 2, "");
    if (f->status[first] != 0)
        EXPECT(f->status[first], -2, invalid_state);
    return 0;
}

CASE(inside_each_other, "inside: two that deliver to each other at the same time don't deadlock") {
    for (unsigned round = 0; round < many(100); round++) {
        struct friends f = {0};
        struct actor a = {.process = deliver_across, .context = &f}, b = {.process = deliver_across, .context = &f};
        f.one = &a;
        f.two = &b;
        NetMeshOsSdk *sdk = sdk_new("{}");
        actor_begin(&a, sdk, 1);
        actor_begin(&b, sdk, 2);
        POST(sdk, a.id, 1, 1, "");
        POST(sdk, b.id, 1, 1, "");
        FLUSH(sdk, 0);
        CHECK(f.status[0] != 0 || f.status[1] != 0); /* at least one had to be refused */
        CHECK_INT(gauge_get(&a.processed) + gauge_get(&b.processed), 2 + (f.status[0] == 0) + (f.status[1] == 0));
        ACTOR_END(&a);
        ACTOR_END(&b);
        sdk_end(sdk);
    }
}

static int post_onwards(struct actor *a, const struct call *c) {
    if (c->sequence < 1000)
        EXPECT_OK(post(a->sdk, a->id, 1, c->sequence + 1, ""));
    return 0;
}

CASE(inside_post, "inside: a daemon may post to itself") {
    struct actor a = {.process = post_onwards};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 2}");
    actor_begin(&a, sdk, 1);
    POST(sdk, a.id, 1, 1, "");
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&a.processed), 1000);
    CHECK_U64(a.last_sequence, 1000);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* Everything else that a callback may call. */
static int call_all_else(struct actor *a, const struct call *c) {
    NetMeshOsSdk *sdk = a->sdk, *another = sdk_new("{}");
    struct actor child = {.process = emit_one, .snapshot = give, .restore = take};
    struct outputs outputs = {0};
    NetMeshOsEvent e = event(1, 0, "x");
    char *text;
    (void)c;
    EXPECT_OK(net_meshos_ext_subscribe(sdk, a->id, a->id));
    EXPECT_OK(net_meshos_ext_unsubscribe(sdk, a->id, a->id));
    EXPECT_OK(net_meshos_ext_set_output(sdk, NULL, NULL));
    EXPECT_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_INFO, NULL, NULL));
    EXPECT_OK(net_meshos_ext_enter_maintenance(sdk, 0));
    EXPECT(deliver(sdk, a->id, 1, 0, ""), -2, invalid_state);
    EXPECT_OK(net_meshos_ext_exit_maintenance(sdk));
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a->id));
    EXPECT(net_meshos_ext_daemon_done(a->handle), -2, invalid_state);
    CHECK((text = net_meshos_ext_runtime_json(sdk)) != NULL);
    net_meshos_free_string(text);
    CHECK((text = net_meshos_ext_logs_json(sdk, 0, 0)) != NULL);
    net_meshos_free_string(text);
    actor_begin(&child, sdk, 50);
    EXPECT_OK(net_meshos_ext_deliver(sdk, child.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 1);
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, child.id, 1));
    EXPECT_OK(net_meshos_graceful_shutdown(child.handle, 1));
    ACTOR_END(&child);
    child = (struct actor){0};
    actor_begin(&child, another, 50);
    EXPECT_OK(deliver(another, child.id, 1, 0, ""));
    EXPECT_OK(net_meshos_ext_flush(another, 0, 0)); /* of another SDK: all daemons */
    sdk_end(another);
    ACTOR_END(&child);
    return 0;
}

CASE(inside_all_else, "inside: every other call works, other SDKs included") {
    struct actor a = {.process = call_all_else};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- Freeing a daemon that waits for the caller ---- */

static int free_other(struct actor *a, const struct call *c) {
    struct friends *f = a->context;
    (void)c;
    gauge_add(&f->ready, 1);
    GAUGE_NEED(&f->ready, 2);
    if (a == f->one)
        deliver(a->sdk, f->two->id, 1, 0, ""); /* which waits for two, or is refused */
    else
        net_meshos_handle_free(f->one->handle); /* which waits for one, or returns at once */
    return 0;
}

CASE(inside_free_other, "inside: freeing a daemon that waits for the one that frees it doesn't deadlock") {
    for (unsigned round = 0; round < many(50); round++) {
        struct friends f = {0};
        struct actor a = {.process = free_other, .context = &f}, b = {.process = free_other, .context = &f};
        f.one = &a;
        f.two = &b;
        NetMeshOsSdk *sdk = sdk_new("{}");
        actor_begin(&a, sdk, 1);
        actor_begin(&b, sdk, 2);
        POST(sdk, a.id, 1, 0, "");
        POST(sdk, b.id, 1, 0, "");
        GAUGE_NEED(&a.destroys, 1);
        ACTOR_CHECK(&a);
        FLUSH(sdk, 0);
        ACTOR_END(&b);
        sdk_end(sdk);
    }
}
