/* Fairness: everything that waits gets its turn, however often something else is requested. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <time.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* A callback that uses the processor for a while. */
static void take_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static int slow_health(struct actor *a) {
    (void)a;
    take_ms(10);
    return NET_MESHOS_HEALTH_HEALTHY;
}

CASE(fair_to_events_health, "fairness: a health callback that takes longer than a tick leaves events their turn") {
    struct actor a = {.health = slow_health};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 1}");
    actor_begin(&a, sdk, 1);
    GAUGE_NEED(&a.probes, 1);
    for (uint64_t i = 0; i < 20; i++)
        POST(sdk, a.id, 1, i, "");
    GAUGE_NEED(&a.processed, 20);
    for (uint64_t i = 0; i < 20; i++)
        EXPECT_OK(deliver(sdk, a.id, 2, i, ""));
    GAUGE_NEED(&a.probes, gauge_get(&a.probes) + 2); /* and is still asked */
    ACTOR_END(&a);
    sdk_end(sdk);
}

static void give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    (void)a;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"x", 1);
}

static int take(struct actor *a, const uint8_t *state, size_t length) {
    (void)a, (void)state, (void)length;
    return 0;
}

struct asking {
    struct actor *actor;
    atomic_bool end;
    bool delivers;
};

static void *ask_without_end(void *context) {
    struct asking *asking = context;
    struct actor *a = asking->actor;
    while (!atomic_load(&asking->end)) {
        uint8_t *out = NULL;
        size_t length = 0;
        if (asking->delivers) {
            EXPECT_OK(deliver(a->sdk, a->id, 1, 0, ""));
        } else {
            EXPECT_OK(net_meshos_ext_snapshot(a->sdk, a->id, &out, &length));
            net_meshos_ext_free_bytes(out, length);
        }
    }
    return NULL;
}

static int pause_briefly(struct actor *a, const struct call *c) {
    (void)a, (void)c;
    take_ms(1);
    return 0;
}

static void slow_give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    take_ms(1);
    give(a, emit);
}

static int healthy(struct actor *a) {
    (void)a;
    return NET_MESHOS_HEALTH_HEALTHY;
}

static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}

/* Four threads make requests all the time; events, ticks and control events must get their turns. */
static void others_get_on(bool delivers) {
    struct actor a = {.process = pause_briefly, .snapshot = slow_give, .restore = take, .health = healthy, .control = ignore_control};
    struct asking asking = {.actor = &a, .delivers = delivers};
    pthread_t threads[4];
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < LENGTH(threads); i++)
        threads[i] = thread_start(ask_without_end, &asking);
    long before = gauge_get(&a.processed);
    for (uint64_t i = 0; i < 10; i++)
        POST(sdk, a.id, 7, i, "");
    GAUGE_NEED(&a.processed, before + 10);
    POLL_UNTIL(json_u64(look_at(sdk, a.id), "inbox_depth") == 0);
    GAUGE_NEED(&a.probes, 3);
    atomic_store(&asking.end, true);
    for (size_t i = 0; i < LENGTH(threads); i++)
        THREAD_JOIN(threads[i]);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(fair_to_events_snapshot, "fairness: snapshots that are taken without end leave events their turn") {
    others_get_on(false);
}

CASE(fair_to_events_deliver, "fairness: events that are delivered without end leave posted ones their turn") {
    others_get_on(true);
}

static void *post_without_end(void *context) {
    struct asking *asking = context;
    for (uint64_t i = 0; !atomic_load(&asking->end); i++)
        post(asking->actor->sdk, asking->actor->id, 1, i, ""); /* may be full */
    return NULL;
}

CASE(fair_to_snapshot, "fairness: a snapshot gets its turn while events are posted without end") {
    struct actor a = {.process = pause_briefly, .snapshot = give, .restore = take};
    struct asking asking = {.actor = &a};
    mesh_keys("'waiting_max_bytes': 4000");
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 100}");
    actor_begin(&a, sdk, 1);
    pthread_t thread = thread_start(post_without_end, &asking);
    for (int i = 0; i < 10; i++) {
        uint8_t *out = NULL;
        size_t length = 0;
        GAUGE_NEED(&a.processed, gauge_get(&a.processed) + 1);
        NEED_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length));
        CHECK_U64(length, 1);
        net_meshos_ext_free_bytes(out, length);
    }
    atomic_store(&asking.end, true);
    THREAD_JOIN(thread);
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(fair_to_daemons, "fairness: a daemon that always has work leaves the others theirs") {
    struct actor busy[4] = {{.process = pause_briefly}, {.process = pause_briefly}, {.process = pause_briefly},
                            {.process = pause_briefly}};
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 99);
    for (unsigned b = 0; b < 4; b++) {
        actor_begin(&busy[b], sdk, b);
        post_many(sdk, busy[b].id, 0, 60000);
    }
    for (uint64_t i = 0; i < 20; i++) {
        POST(sdk, a.id, 1, i, "");
        NEED_OK(net_meshos_ext_flush(sdk, a.id, patience_ms()));
    }
    for (unsigned b = 0; b < 4; b++)
        CHECK_AT_MOST((uint64_t)gauge_get(&busy[b].processed), 50000);
    for (unsigned b = 0; b < 4; b++)
        ACTOR_END(&busy[b]);
    ACTOR_END(&a);
    sdk_end(sdk);
}
