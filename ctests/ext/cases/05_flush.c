/* flush. */
#include "actor.h"
#include "check.h"
#include "fixture.h"

#include <string.h>

CASE(flush_idle, "flush: returns at once when nothing is to do") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    EXPECT_OK(net_meshos_ext_flush(sdk, 0, 0)); /* no daemon at all */
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_ext_flush(sdk, 0, 0));
    EXPECT_OK(net_meshos_ext_flush(sdk, a.id, 0));
    EXPECT_OK(net_meshos_ext_flush(sdk, a.id, enough_ms()));
    EXPECT_OK(net_meshos_ext_flush(sdk, a.id, UINT64_MAX));
    EXPECT_OK(net_meshos_ext_flush(sdk, 0, UINT64_MAX));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(flush_times_out, "flush: -2 timeout, after the time and not before; of the daemon that is meant") {
    struct actor held = {0}, idle_one = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&held, sdk, 1);
    actor_begin(&idle_one, sdk, 2);
    actor_hold(&held);
    static const uint64_t times[] = {1, 50};
    for (size_t i = 0; i < LENGTH(times); i++) {
        uint64_t began = now_ms();
        EXPECT(net_meshos_ext_flush(sdk, held.id, times[i]), -2, timeout);
        EXPECT(net_meshos_ext_flush(sdk, 0, times[i]), -2, timeout);
        CHECK_AT_LEAST(now_ms() - began + 1, 2 * times[i]);
    }
    EXPECT_OK(net_meshos_ext_flush(sdk, idle_one.id, enough_ms()));
    actor_let_go(&held);
    FLUSH(sdk, held.id);
    FLUSH(sdk, 0);
    ACTOR_END(&held);
    ACTOR_END(&idle_one);
    sdk_end(sdk);
}

struct flusher {
    struct actor *actor;
    uint64_t id, timeout_ms;
    int status;
    long processed; /* when it returned */
};

static void *flush_it(void *context) {
    struct flusher *f = context;
    f->status = net_meshos_ext_flush(f->actor->sdk, f->id, f->timeout_ms);
    f->processed = gauge_get(&f->actor->processed);
    return NULL;
}

CASE(flush_waits, "flush: waits for the inbox to be empty and the callback to be over") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    pthread_t threads[4];
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    post_many(sdk, a.id, 1, 100);
    struct flusher flushers[4] = {{&a, 0, 0, 99, 0}, {&a, a.id, 0, 99, 0}, {&a, 0, UINT64_MAX, 99, 0},
                                  {&a, a.id, patience_ms(), 99, 0}};
    for (int i = 0; i < 4; i++)
        threads[i] = thread_start(flush_it, &flushers[i]);
    CHECK(!gauge_reaches(&a.processed, 1, 30));
    actor_let_go(&a);
    for (int i = 0; i < 4; i++) {
        THREAD_JOIN(threads[i]);
        CHECK_INT(flushers[i].status, 0);
        CHECK_INT(flushers[i].processed, 101);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* Four threads that take states all the time, and wait for nothing between two. */
struct takers {
    NetMeshOsSdk *sdk;
    uint64_t id;
    gauge taken;
    gauge over;
};

static void *take_states(void *context) {
    struct takers *t = context;
    while (gauge_get(&t->over) == 0) {
        uint8_t *out = NULL;
        size_t length = 0;
        int status = net_meshos_ext_snapshot(t->sdk, t->id, &out, &length);
        if (status == 0)
            net_meshos_ext_free_bytes(out, length);
        gauge_add(&t->taken, 1);
    }
    return NULL;
}

static void emit_x(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    (void)a;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"x", 1);
}

static int take_x(struct actor *a, const uint8_t *state, size_t length) {
    (void)a;
    (void)state;
    (void)length;
    return 0;
}

CASE(flush_states, "flush and drain: calls that take states one after the other don't hold them up") {
    struct actor a = {.snapshot = emit_x, .restore = take_x};
    struct takers t = {0};
    pthread_t threads[4];
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    t.sdk = sdk;
    t.id = a.id;
    for (size_t i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, take_states, &t) == 0);
    GAUGE_NEED(&t.taken, many(100));
    for (uint64_t i = 1; i <= 10; i++) {
        POST(sdk, a.id, 1, i, "x");
        EXPECT_OK(net_meshos_ext_flush(sdk, i % 2 ? a.id : 0, patience_ms()));
    }
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, patience_ms()));
    POLL_UNTIL(!STATE_IS(sdk, "EnteringMaintenance"));
    CHECK_TEXT(maintenance_state(sdk), "Maintenance");
    gauge_add(&t.over, 1);
    for (size_t i = 0; i < LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    ACTOR_END(&a);
    sdk_end(sdk);
}
