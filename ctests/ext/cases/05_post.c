/* Inboxes: how many events they hold, and in which order they come. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* Checks that events come in the order of their sequences, for each origin. */
enum { ORIGINS = 8 };
struct order {
    uint64_t next[ORIGINS];
    uint64_t total;
};

static int check_order(struct actor *a, const struct call *c) {
    struct order *order = a->context;
    if (c->origin >= ORIGINS || c->sequence != order->next[c->origin])
        FAIL("event %llu of %llu came out of order", (unsigned long long)c->sequence, (unsigned long long)c->origin);
    if (c->origin < ORIGINS)
        order->next[c->origin] = c->sequence + 1;
    order->total++;
    return 0;
}

/* In a durable mesh it is waiting_max_bytes that bounds what waits, by what posts have stored. */
static void post_to_the_limit(void) {
    enum { KEEPS = 40000 };
    static const char payload[1000];
    mesh_keys("'waiting_max_bytes': 40000");
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 10}");
    size_t accepted = 99;
    long posted = 0;
    int status;
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    NetMeshOsEvent e = {1, 0, (const uint8_t *)payload, sizeof payload};
    for (; (status = net_meshos_ext_post(sdk, a.id, &e, 1, &accepted)) == NET_MESHOS_OK; posted++)
        NEED(posted < KEEPS / (long)sizeof payload);
    EXPECT(status, -2, queue_full);
    CHECK_U64(accepted, 0);
    CHECK_AT_LEAST((uint64_t)posted, KEEPS / 2 / sizeof payload);
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, &e, 0, &accepted));
    need_waiting(sdk, (uint64_t)posted + 1);
    CHECK_U64(json_u64(look_at(sdk, a.id), "inbox_depth"), (uint64_t)posted + 1);
    actor_let_go(&a);
    FLUSH(sdk, a.id);
    EXPECT_OK(net_meshos_ext_post_wait(sdk, a.id, &e, 1, patience_ms(), NULL)); /* it is seen that there is room */
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), posted + 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(post_full, "post: a full inbox refuses the rest and says how many went in") {
    if (in_durable_mesh()) {
        post_to_the_limit();
        return;
    }
    struct order order = {0};
    struct actor a = {.process = check_order, .context = &order};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 10}");
    NetMeshOsEvent events[20];
    size_t accepted = 99;
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < LENGTH(events); i++)
        events[i] = event(0, 1 + i, "");
    actor_hold(&a); /* its event has sequence 0, and occupies a place in the inbox until process is over */
    CHECK_U64(json_u64(look_at(sdk, a.id), "inbox_depth"), 1);
    EXPECT(net_meshos_ext_post(sdk, a.id, events, 20, &accepted), -2, queue_full);
    CHECK_U64(accepted, 9);
    CHECK_U64(json_u64(look_at(sdk, a.id), "inbox_depth"), 10);
    EXPECT(net_meshos_ext_post(sdk, a.id, events + 9, 11, &accepted), -2, queue_full);
    CHECK_U64(accepted, 0);
    EXPECT(net_meshos_ext_post(sdk, a.id, events + 9, 1, NULL), -2, queue_full);
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, events + 9, 0, &accepted));
    actor_let_go(&a);
    FLUSH(sdk, a.id);
    EXPECT(net_meshos_ext_post(sdk, a.id, events + 9, 11, &accepted), -2, queue_full); /* at once ten, not more */
    CHECK_U64(accepted, 10);
    FLUSH(sdk, a.id);
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, events + 19, 1, &accepted));
    CHECK_U64(accepted, 1);
    FLUSH(sdk, a.id);
    CHECK_U64(order.total, 21); /* nothing is lost, nothing comes twice */
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(post_capacity_1, "post: an inbox of one event loses nothing") {
    enum { N = 5000 };
    struct order order = {0};
    struct actor a = {.process = check_order, .context = &order};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 1}");
    actor_begin(&a, sdk, 1);
    post_many(sdk, a.id, 0, N);
    FLUSH(sdk, a.id);
    CHECK_U64(order.total, N);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(post_default_capacity, "post: an inbox holds 65,536 events if nothing else is said") {
    enum { CAPACITY = 65536 };
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent *events = calloc(CAPACITY + 1, sizeof *events);
    size_t accepted = 0;
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    const size_t fit = in_durable_mesh() ? CAPACITY + 1 : CAPACITY - 1; /* what is stored takes no room here */
    int status = net_meshos_ext_post(sdk, a.id, events, CAPACITY + 1, &accepted);
    EXPECT(status, in_durable_mesh() ? 0 : -2, in_durable_mesh() ? NULL : queue_full);
    CHECK_U64(accepted, fit);
    need_waiting(sdk, fit + 1);
    actor_let_go(&a);
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), (long)fit + 1);
    ACTOR_END(&a);
    sdk_end(sdk);
    free(events);
}

/* ---- Many threads ---- */

struct poster {
    struct actor *actor;
    uint64_t origin, n;
    bool delivers; /* each 16th event */
};

static void *post_as(void *context) {
    const struct poster *p = context;
    for (uint64_t i = 0; i < p->n;) {
        NetMeshOsEvent events[8];
        size_t batch = 1 + i % LENGTH(events), accepted = 0;
        if (p->delivers && i % 16 == 0) {
            if (!EXPECT_OK(deliver(p->actor->sdk, p->actor->id, p->origin, i, "")))
                break;
            i++;
            continue;
        }
        for (size_t e = 0; e < batch; e++)
            events[e] = event(p->origin, i + e, "");
        if (batch > p->n - i)
            batch = (size_t)(p->n - i);
        if (p->delivers && batch > 16 - i % 16)
            batch = (size_t)(16 - i % 16);
        int status = net_meshos_ext_post(p->actor->sdk, p->actor->id, events, batch, &accepted);
        i += accepted;
        if (status != NET_MESHOS_OK) {
            if (!EXPECT(status, -2, queue_full))
                break;
            net_meshos_ext_flush(p->actor->sdk, p->actor->id, 5);
        }
    }
    return NULL;
}

static void from_threads(const char *config, bool delivers, uint64_t n) {
    struct order order = {0};
    struct actor a = {.process = check_order, .context = &order};
    struct poster posters[ORIGINS];
    pthread_t threads[ORIGINS];
    NetMeshOsSdk *sdk = sdk_new("%s", config);
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < ORIGINS; i++) {
        posters[i] = (struct poster){&a, i, n, delivers};
        threads[i] = thread_start(post_as, &posters[i]);
    }
    for (size_t i = 0; i < ORIGINS; i++)
        THREAD_JOIN(threads[i]);
    FLUSH(sdk, a.id);
    CHECK_U64(order.total, ORIGINS * n);
    CHECK_U64(json_u64(look_at(sdk, a.id), "events_in"), ORIGINS * n);
    ACTOR_END(&a); /* which checks that no two callbacks ran at once */
    sdk_end(sdk);
}

CASE(post_threads, "post: from 8 threads at once, each thread's events stay in order") {
    from_threads("{}", false, many(20000));
}

CASE(post_threads_small, "post: the same into a small inbox") {
    from_threads("{'inbox_capacity': 5}", false, many(2000));
}

CASE(post_and_deliver_threads, "post: the same with deliver in between") {
    from_threads("{'inbox_capacity': 100}", true, many(5000));
}

/* Only calls that bring their own thread, to a daemon that has nothing else to do. */
static void *deliver_as(void *context) {
    const struct poster *p = context;
    for (uint64_t i = 0; i < p->n; i++)
        EXPECT_OK(deliver(p->actor->sdk, p->actor->id, p->origin, i, ""));
    return NULL;
}

static int check_order_slowly(struct actor *a, const struct call *c) {
    sync_yield();
    return check_order(a, c);
}

CASE(deliver_threads, "deliver: from 8 threads at once, one after the other") {
    struct order order = {0};
    struct actor a = {.process = check_order_slowly, .context = &order};
    struct poster posters[ORIGINS];
    pthread_t threads[ORIGINS];
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < ORIGINS; i++) {
        posters[i] = (struct poster){.actor = &a, .origin = i, .n = 100};
        threads[i] = thread_start(deliver_as, &posters[i]);
    }
    for (size_t i = 0; i < ORIGINS; i++)
        THREAD_JOIN(threads[i]);
    CHECK_U64(order.total, ORIGINS * 100);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* Callbacks of all kinds at once: the actor checks that they don't overlap. */
static int healthy(struct actor *a) {
    (void)a;
    return NET_MESHOS_HEALTH_HEALTHY;
}
static float idle(struct actor *a) {
    (void)a;
    return 0;
}
static void give_state(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    (void)a;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
}
static int take_state(struct actor *a, const uint8_t *state, size_t length) {
    (void)a;
    CHECK(length == 5 && memcmp(state, "state", 5) == 0);
    return 0;
}
static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}
static int emit_one(struct actor *a, const struct call *c) {
    (void)a;
    net_meshos_process_emit(c->emit, (const uint8_t *)"x", 1);
    return 0;
}

static void count_outputs(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                          const uint8_t *payload, size_t length) {
    struct actor *a = ctx;
    (void)id, (void)origin, (void)sequence, (void)number, (void)payload, (void)length;
    if (atomic_load(&a->calls.running) != 0) /* an output function counts as a callback */
        atomic_store(&a->calls.overlap, true);
}

static void *take_and_give(void *context) {
    struct actor *a = context;
    for (int i = 0; i < 300; i++) {
        uint8_t *state = NULL;
        size_t length = 0;
        EXPECT_OK(net_meshos_ext_snapshot(a->sdk, a->id, &state, &length));
        EXPECT_OK(net_meshos_ext_restore(a->sdk, a->id, state, length));
        net_meshos_ext_free_bytes(state, length);
    }
    return NULL;
}

CASE(no_overlap, "callbacks: of one daemon never overlap, of whatever kind") {
    struct actor a = {.process = emit_one, .snapshot = give_state, .restore = take_state, .control = ignore_control,
                      .health = healthy, .saturation = idle};
    /* capacity 400 and marks in reach: control events come all the time */
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 1, 'inbox_capacity': 400, 'control_capacity': 2000000}");
    struct poster posters[4];
    pthread_t threads[6];
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_set_output(sdk, count_outputs, &a));
    for (size_t i = 0; i < 4; i++) {
        posters[i] = (struct poster){&a, i, 5000, i % 2 == 0};
        threads[i] = thread_start(post_as, &posters[i]);
    }
    for (size_t i = 4; i < 6; i++)
        threads[i] = thread_start(take_and_give, &a);
    for (size_t i = 0; i < LENGTH(threads); i++)
        THREAD_JOIN(threads[i]);
    FLUSH(sdk, a.id);
    CHECK_U64(json_u64(look_at(sdk, a.id), "outputs"), 20000);
    GAUGE_NEED(&a.probes, 3);
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct in_order {
    _Atomic uint64_t last, disorder;
};

static int note_order(struct actor *a, const struct call *c) {
    struct in_order *o = a->context;
    if (atomic_exchange(&o->last, c->sequence) != c->sequence - 1)
        atomic_fetch_add(&o->disorder, 1);
    return 0;
}

CASE(post_then_all, "post: after a flush, events, a flush with a limit and a deliver are in order") {
    struct in_order o = {0};
    struct actor a = {.process = note_order, .context = &o};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    uint64_t sequence = 0;
    for (unsigned round = 0; round < many(3000); round++) {
        POST(sdk, a.id, 1, ++sequence, "x");
        EXPECT_OK(net_meshos_ext_flush(sdk, a.id, 0)); /* does the work on this thread */
        EXPECT_OK(deliver(sdk, a.id, 1, ++sequence, "x"));
        POST(sdk, a.id, 1, ++sequence, "x");
        EXPECT_OK(deliver(sdk, a.id, 1, ++sequence, "x"));
        POST(sdk, a.id, 1, ++sequence, "x");
        EXPECT_OK(net_meshos_ext_flush(sdk, a.id, 0));
        POST(sdk, a.id, 1, ++sequence, "x");
        EXPECT_OK(net_meshos_ext_flush(sdk, a.id, patience_ms()));
        CHECK_U64(atomic_load(&o.last), sequence);
    }
    CHECK_U64(atomic_load(&o.disorder), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}
