/* Threads that are cancelled while they deliver: what runs on the caller's thread
 * runs to its end. */
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "report.h"

struct cancelled {
    struct actor *actor;
    int (*call)(struct actor *);
    gauge inside, returned; /* callbacks that came to their end; calls that did */
    int status;
};

/* Where a thread that may be cancelled is. */
static void pass_cancellation_points(struct cancelled *c) {
    pthread_testcancel();
    nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
    gauge_add(&c->inside, 1);
}

static int process(struct actor *a, const struct call *call) {
    pass_cancellation_points(a->context);
    net_meshos_process_emit(call->emit, (const uint8_t *)"x", 1);
    return 0;
}
static void snapshot(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    pass_cancellation_points(a->context);
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
}
static int restore(struct actor *a, const uint8_t *state, size_t length) {
    (void)state, (void)length;
    pass_cancellation_points(a->context);
    return 0;
}
static void output(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)daemon_id, (void)in_origin, (void)in_sequence, (void)sequence, (void)payload, (void)length;
    pass_cancellation_points(ctx);
}

static int call_deliver(struct actor *a) {
    NetMeshOsEvent e = event(1, 0, "event");
    return net_meshos_ext_deliver(a->sdk, a->id, &e, output, a->context);
}
static int call_snapshot(struct actor *a) {
    uint8_t *out = NULL;
    size_t length = 0;
    int status = net_meshos_ext_snapshot(a->sdk, a->id, &out, &length);
    net_meshos_ext_free_bytes(out, length);
    return status;
}
static int call_restore(struct actor *a) {
    return net_meshos_ext_restore(a->sdk, a->id, (const uint8_t *)"state", 5);
}

static void *call_and_end(void *argument) {
    struct cancelled *c = argument;
    int before, unused;
    pthread_cancel(pthread_self());
    c->status = c->call(c->actor);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    gauge_add(&c->returned, before == PTHREAD_CANCEL_ENABLE);
    pthread_setcancelstate(before, &unused);
    pthread_testcancel();
    return NULL;
}

CASE(cancel_within, "inside: callbacks on the thread of a caller that is cancelled run to their end, and the call does") {
    static const struct {
        int (*call)(struct actor *);
        int callbacks;
    } calls[] = {{call_deliver, 2}, {call_snapshot, 1}, {call_restore, 1}};
#ifdef _WIN32
    report_skipped("Windows has no cancellation: each module's winpthreads has one of its own");
#endif
    struct cancelled c = {0};
    struct actor a = {.process = process, .snapshot = snapshot, .restore = restore, .context = &c};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < LENGTH(calls); i++) {
        c = (struct cancelled){.actor = &a, .call = calls[i].call, .status = -100};
        void *result = NULL;
        pthread_t thread;
        NEED(pthread_create(&thread, NULL, call_and_end, &c) == 0);
        NEED(pthread_join(thread, &result) == 0);
        CHECK(result == PTHREAD_CANCELED);
        CHECK_INT(gauge_get(&c.returned), 1);
        if (in_durable_mesh()) /* where they run on threads of the library, which takes states by itself */
            CHECK_AT_LEAST((uint64_t)gauge_get(&c.inside), (uint64_t)calls[i].callbacks);
        else
            CHECK_INT(gauge_get(&c.inside), calls[i].callbacks);
        CHECK_INT(c.status, 0);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}
