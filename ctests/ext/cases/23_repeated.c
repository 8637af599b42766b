#define _XOPEN_SOURCE 700
/* Delivers to a daemon that has nothing else to do, one after another: what holds for one must hold for the last
 * of many, in whichever way the library makes them fast. */
#include <signal.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "json/json.h"

enum { BEFORE = 20, WATCHDOG_MS = 40 };

static int emit_payload(struct actor *a, const struct call *c) {
    (void)a;
    net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

/* A deliver on a thread of its own that hangs in process, after others to the same daemon. */
struct repeated {
    struct actor actor;
    struct outputs reply;
    pthread_t thread;
    int status;
};

static void *deliver_held(void *context) {
    struct repeated *r = context;
    NetMeshOsEvent e = event(1, BEFORE, "last");
    r->status = net_meshos_ext_deliver(r->actor.sdk, r->actor.id, &e, outputs_take, &r->reply);
    return NULL;
}

static void repeated_begin(struct repeated *r, NetMeshOsSdk *sdk, unsigned n) {
    memset(r, 0, sizeof *r);
    r->actor.process = emit_payload;
    actor_begin(&r->actor, sdk, n);
    for (uint64_t i = 0; i < BEFORE; i++)
        NEED_OK(deliver(sdk, r->actor.id, 1, i, "before"));
    atomic_store(&r->actor.hold, true);
    r->thread = thread_start(deliver_held, r);
    GAUGE_NEED(&r->actor.inside, 1);
}

static void repeated_let_go(struct repeated *r) {
    actor_let_go(&r->actor);
    THREAD_JOIN(r->thread);
    CHECK_INT(r->status, 0);
    CHECK_U64(r->reply.count, 1);
    CHECK_U64(r->reply.kept[0].sequence, BEFORE + 1);
}

CASE(repeated_hangs, "repeated deliver: one that hangs is overdue, and all before it are counted") {
    struct repeated r;
    NetMeshOsSdk *sdk = sdk_new("{'watchdog_ms': %d, 'tick_interval_ms': 5}", WATCHDOG_MS);
    uint64_t began = now_ms();
    repeated_begin(&r, sdk, 1);
    struct json_object *d = look_at(sdk, r.actor.id);
    CHECK_U64(json_u64(d, "events_in"), BEFORE);
    CHECK_U64(json_u64(d, "outputs"), BEFORE);
    POLL_UNTIL(logged(sdk, "overdue")); /* whoever looks at the daemon, or nobody */
    d = look_at(sdk, r.actor.id);
    CHECK(json_boolean(d, "overdue"));
    CHECK_AT_LEAST(json_u64(d, "busy_ms") + 1, WATCHDOG_MS);
    CHECK_AT_LEAST(now_ms() - began + 1, WATCHDOG_MS);
    CHECK_U64(json_u64(d, "events_in"), BEFORE);
    EXPECT(net_meshos_ext_flush(sdk, 0, 10), -2, timeout);
    repeated_let_go(&r);
    FLUSH(sdk, 0);
    d = look_at(sdk, r.actor.id);
    CHECK(!json_boolean(d, "overdue"));
    CHECK_U64(json_u64(d, "events_in"), BEFORE + 1);
    CHECK_U64(json_u64(d, "outputs"), BEFORE + 1);
    ACTOR_END(&r.actor);
    sdk_end(sdk);
}

CASE(repeated_hangs_unseen, "repeated deliver: one that hangs is logged as overdue though no call looks") {
    struct repeated r;
    NetMeshOsSdk *sdk = sdk_new("{'watchdog_ms': %d, 'tick_interval_ms': 3600000}", WATCHDOG_MS);
    repeated_begin(&r, sdk, 1);
    POLL_UNTIL(logged(sdk, "overdue"));
    repeated_let_go(&r);
    ACTOR_END(&r.actor);
    sdk_end(sdk);
}

CASE(repeated_outputs, "repeated deliver: set_output and subscribe act on the event under way") {
    struct repeated r;
    struct outputs sink = {0};
    struct actor subscriber = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    repeated_begin(&r, sdk, 1);
    actor_begin(&subscriber, sdk, 2);
    EXPECT_OK(net_meshos_ext_set_output(sdk, outputs_take, &sink));
    EXPECT_OK(net_meshos_ext_subscribe(sdk, r.actor.id, subscriber.id));
    repeated_let_go(&r);
    CHECK_U64(sink.count, 1);
    CHECK_TEXT(sink.kept[0].text, "last");
    CHECK_U64(sink.kept[0].sequence, BEFORE + 1);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&subscriber.processed), 1);
    CHECK_U64(subscriber.last_origin, r.actor.id);
    CHECK_U64(subscriber.last_sequence, BEFORE + 1);
    NEED_OK(deliver(sdk, r.actor.id, 1, 0, "next"));
    CHECK_U64(sink.count, 2);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&subscriber.processed), 2);
    EXPECT_OK(net_meshos_ext_set_output(sdk, NULL, NULL));
    ACTOR_END(&subscriber);
    ACTOR_END(&r.actor);
    sdk_end(sdk);
}

struct freeing {
    struct repeated *repeated;
    gauge over;
};

static void *free_handle(void *context) {
    struct freeing *f = context;
    net_meshos_handle_free(f->repeated->actor.handle);
    gauge_add(&f->over, 1);
    return NULL;
}

CASE(repeated_ends, "repeated deliver: graceful_shutdown, stop_daemon and handle_free wait for one under way") {
    struct repeated r;
    NetMeshOsSdk *sdk = sdk_new("{}");
    struct freeing f = {.repeated = &r};
    repeated_begin(&r, sdk, 1);
    pthread_t thread = thread_start(free_handle, &f);
    CHECK(!gauge_reaches(&f.over, 1, 40));
    CHECK_INT(gauge_get(&r.actor.destroys), 0);
    repeated_let_go(&r);
    THREAD_JOIN(thread);
    CHECK_INT(gauge_get(&r.actor.destroys), 1);
    ACTOR_CHECK(&r.actor);

    repeated_begin(&r, sdk, 2);
    EXPECT(net_meshos_ext_stop_daemon(sdk, r.actor.id, 1), -2, shutdown_failed);
    EXPECT(deliver(sdk, r.actor.id, 1, 0, ""), -2, stopped);
    repeated_let_go(&r);
    EXPECT(deliver(sdk, r.actor.id, 1, 0, ""), -2, stopped);
    CHECK_U64(json_u64(look_at(sdk, r.actor.id), "events_in"), BEFORE + 1);
    ACTOR_END(&r.actor);

    repeated_begin(&r, sdk, 3);
    EXPECT(net_meshos_graceful_shutdown(r.actor.handle, 1), -2, shutdown_failed);
    CHECK_INT(gauge_get(&r.actor.destroys), 0);
    repeated_let_go(&r);
    ACTOR_END(&r.actor);
    CHECK_U64(json_u64(look(sdk), "totals.events_in"), 3 * (BEFORE + 1)); /* daemons that are gone included */
    CHECK_U64(json_u64(look(sdk), "totals.outputs"), 3 * (BEFORE + 1));
    sdk_end(sdk);
}

CASE(repeated_shutdown, "repeated deliver: sdk_shutdown waits for one under way") {
    struct repeated r;
    mesh_keys("'request_timeout_ms': 30000");
    NetMeshOsSdk *sdk = sdk_new("{}");
    repeated_begin(&r, sdk, 1);
    EXPECT(net_meshos_sdk_shutdown(sdk), -2, shutdown_failed);
    CHECK_INT(gauge_get(&r.actor.destroys), 0);
    EXPECT(deliver(sdk, r.actor.id, 1, 1, ""), -4, already_shutdown);
    repeated_let_go(&r);
    ACTOR_END(&r.actor);
    net_meshos_sdk_free(sdk);
}

/* Threads that deliver and post to one daemon. */
enum { THREADS = 4, ROUNDS = 10000, POST_EACH = 16 };

struct mixed {
    NetMeshOsSdk *sdk;
    uint64_t id, rounds;
    _Atomic uint64_t delivered, posted, replied, origins;
};

static void count_reply(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t sequence,
                        const uint8_t *payload, size_t length) {
    (void)daemon_id, (void)in_origin, (void)in_sequence, (void)sequence, (void)payload, (void)length;
    struct mixed *m = ctx;
    atomic_fetch_add(&m->replied, 1);
}

static void *deliver_and_post(void *context) {
    struct mixed *m = context;
    const uint64_t origin = 2 * atomic_fetch_add(&m->origins, 1);
    for (uint64_t i = 0; i < m->rounds; i++) {
        NetMeshOsEvent e = event(origin, i, "x");
        if (i % POST_EACH == 0) {
            size_t accepted;
            NetMeshOsEvent other = event(origin + 1, i, "x");
            net_meshos_ext_post(m->sdk, m->id, &other, 1, &accepted);
            atomic_fetch_add(&m->posted, accepted);
        }
        if (!EXPECT_OK(net_meshos_ext_deliver(m->sdk, m->id, &e, count_reply, m)))
            break;
        atomic_fetch_add(&m->delivered, 1);
    }
    return NULL;
}

CASE_WITHIN(120, repeated_counts, "repeated deliver: the counters are exact after many, from several threads, among posts") {
    struct actor a = {.process = emit_payload};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    const uint64_t rounds = many(ROUNDS);
    struct mixed m = {.sdk = sdk, .id = a.id, .rounds = rounds};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        threads[i] = thread_start(deliver_and_post, &m);
    for (size_t i = 0; i < THREADS; i++)
        THREAD_JOIN(threads[i]);
    CHECK_U64(m.delivered, THREADS * rounds);
    CHECK_U64(m.replied, THREADS * rounds);
    FLUSH(sdk, 0);
    struct json_object *d = look_at(sdk, a.id);
    CHECK_U64(json_u64(d, "events_in"), m.delivered + m.posted);
    CHECK_U64(json_u64(d, "outputs"), m.delivered + m.posted);
    CHECK_U64((uint64_t)gauge_get(&a.processed), m.delivered + m.posted);
    CHECK_U64(json_u64(look(sdk), "totals.events_in"), m.delivered + m.posted);
    CHECK_U64(json_u64(look(sdk), "queues.events_waiting"), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* A signal handler that delivers to the daemon to which the thread that it interrupts delivers. The daemon's
 * process uses no lock, which the handler could find taken. */
enum { SIGNALS = 500 };

static struct {
    NetMeshOsSdk *sdk;
    uint64_t id;
    atomic_bool over;
    _Atomic uint64_t processed, by_thread, by_handler, refused, wrong;
} handled;

static int count_event(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                       const uint8_t *payload, size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    atomic_fetch_add(&handled.processed, 1);
    return 0;
}

static void deliver_in_handler(int signal) {
    (void)signal;
    NetMeshOsEvent e = {2, 0, NULL, 0};
    int status = net_meshos_ext_deliver(handled.sdk, handled.id, &e, NULL, NULL);
    const char *kind = net_meshos_last_error_kind();
    bool refused = status == NET_MESHOS_ERR_CALL_FAILED && kind && strcmp(kind, invalid_state) == 0;
    atomic_fetch_add(status == 0 ? &handled.by_handler : refused ? &handled.refused : &handled.wrong, 1);
}

static void *deliver_until_over(void *context) {
    gauge *delivering = context;
    NetMeshOsEvent e = {1, 0, NULL, 0};
    while (!atomic_load(&handled.over)) {
        if (net_meshos_ext_deliver(handled.sdk, handled.id, &e, NULL, NULL) != 0)
            atomic_fetch_add(&handled.wrong, 1);
        if (atomic_fetch_add(&handled.by_thread, 1) == 10)
            gauge_add(delivering, 1);
    }
    return NULL;
}

CASE(repeated_in_handler, "repeated deliver: a signal handler's goes through or is refused, and all are counted") {
    static const uint8_t seed[32] = {77};
    static const NetMeshOsDaemonVtable vtable = {.process = count_event};
    static gauge delivering;
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsHandle *h = NULL;
    NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "counts", 6, seed, &vtable, NULL, &h));
    handled.sdk = sdk;
    handled.id = net_meshos_handle_daemon_id(h);
    struct sigaction action = {.sa_handler = deliver_in_handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_t thread = thread_start(deliver_until_over, &delivering);
    GAUGE_NEED(&delivering, 1);
    for (uint64_t sent = 1; sent <= SIGNALS; sent++) {
        NEED(pthread_kill(thread, SIGUSR1) == 0);
        POLL_UNTIL(handled.by_handler + handled.refused + handled.wrong == sent);
    }
    atomic_store(&handled.over, true);
    THREAD_JOIN(thread);
    CHECK_U64(handled.wrong, 0);
    CHECK_U64(handled.processed, handled.by_thread + handled.by_handler);
    CHECK_U64(json_u64(look_at(sdk, handled.id), "events_in"), handled.processed);
    net_meshos_handle_free(h);
    sdk_end(sdk);
}
