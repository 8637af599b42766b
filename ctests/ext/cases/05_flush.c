/* flush. */
#include "actor.h"
#include "check.h"
#include "fixture.h"

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
