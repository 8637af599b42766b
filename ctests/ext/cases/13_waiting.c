/* Calls that wait for a callback that hangs, when the daemon or the SDK ends. */
#include <stdio.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "hung.h"

enum { WAITERS = 6 };

struct waiter {
    struct hung *hung;
    int call, status;
    gauge *begun, *over;
    char kind[32];
};

static void give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    (void)a;
    net_meshos_snapshot_emit(emit, NULL, 0);
}
static int take(struct actor *a, const uint8_t *state, size_t length) {
    (void)a, (void)state, (void)length;
    return 0;
}

static void *wait_for_it(void *context) {
    struct waiter *w = context;
    struct actor *a = &w->hung->actor;
    uint8_t *out = NULL;
    size_t length = 0;
    gauge_add(w->begun, 1);
    switch (w->call) {
    case 0: case 1: w->status = deliver(a->sdk, a->id, 1, 99, ""); break;
    case 2: w->status = net_meshos_ext_snapshot(a->sdk, a->id, &out, &length); break;
    case 3: w->status = net_meshos_ext_restore(a->sdk, a->id, NULL, 0); break;
    case 4: w->status = net_meshos_ext_flush(a->sdk, a->id, 0); break;
    case 5: w->status = net_meshos_ext_flush(a->sdk, 0, 0); break;
    }
    const char *kind = net_meshos_last_error_kind();
    snprintf(w->kind, sizeof w->kind, "%s", kind ? kind : "");
    gauge_add(w->over, 1);
    return NULL;
}

static void *shut_down(void *context) {
    struct hung *h = context;
    net_meshos_sdk_shutdown(h->actor.sdk);
    return NULL;
}

static void end_while_calls_wait(bool whole_sdk) {
    struct hung h = {.kind = 0,
                     .actor = {.process = hang_in_process, .snapshot = give, .restore = take}};
    struct waiter waiters[WAITERS];
    struct freeing f = {.hung = &h};
    pthread_t threads[WAITERS + 1];
    gauge begun = {0}, over = {0};
    mesh_keys("'request_timeout_ms': 30000");
    NetMeshOsSdk *sdk = sdk_new("{}");
    h.actor.context = &h;
    actor_begin(&h.actor, sdk, 1);
    POST(sdk, h.actor.id, 1, 1, "");
    GAUGE_NEED(&h.inside, 1);
    for (int i = 0; i < WAITERS; i++) {
        waiters[i] = (struct waiter){.hung = &h, .call = i, .status = 99, .begun = &begun, .over = &over};
        threads[i] = thread_start(wait_for_it, &waiters[i]);
    }
    GAUGE_NEED(&begun, WAITERS);
    CHECK(!gauge_reaches(&over, 1, 30));
    threads[WAITERS] = whole_sdk ? thread_start(shut_down, &h) : thread_start(free_it, &f);
    GAUGE_NEED(&over, 4); /* those that wait for their turn need not wait for the callback */
    let_go(&h);
    for (int i = 0; i <= WAITERS; i++)
        THREAD_JOIN(threads[i]);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(waiters[i].status, -2);
        CHECK_TEXT(waiters[i].kind, stopped);
    }
    CHECK_INT(gauge_get(&h.actor.processed), 1);
    if (whole_sdk)
        ACTOR_END(&h.actor);
    else
        EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
    ACTOR_CHECK(&h.actor);
}

CASE(waiting_when_freed, "waits: calls that wait for a daemon end with it: -2 stopped") {
    end_while_calls_wait(false);
}

CASE(waiting_when_shut_down, "waits: calls that wait end when the SDK is shut down") {
    end_while_calls_wait(true);
}
