/* Calls from inside log functions. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

struct log_calls {
    struct actor *actor;
    gauge calls;
    bool shuts_down, frees;
    uint64_t took_ms;
};

static void log_calls(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                      size_t length) {
    struct log_calls *l = ctx;
    struct actor *a = l->actor;
    (void)seq, (void)unix_ms, (void)level, (void)daemon_id;
    if (length != 2 || memcmp(message, "go", 2) != 0)
        return;
    uint64_t began = now_ms();
    if (l->shuts_down) {
        EXPECT_OK(net_meshos_sdk_shutdown(a->sdk));
    } else if (l->frees) {
        net_meshos_sdk_free(a->sdk);
    } else {
        EXPECT_OK(deliver(a->sdk, a->id, 1, 0, ""));
        EXPECT_OK(post(a->sdk, a->id, 1, 0, ""));
        EXPECT_OK(net_meshos_ext_flush(a->sdk, 0, 0));
        EXPECT_OK(net_meshos_ext_set_output(a->sdk, NULL, NULL));
        EXPECT_OK(net_meshos_publish_log(a->handle, NET_MESHOS_LOG_INFO, "x", 1));
        EXPECT_OK(net_meshos_ext_on_log(a->sdk, NET_MESHOS_LOG_INFO, NULL, NULL)); /* itself */
    }
    l->took_ms = now_ms() - began;
    gauge_add(&l->calls, 1);
}

CASE(inside_log_function, "inside: a log function may make calls, and replace itself") {
    struct actor a = {0};
    struct log_calls l = {.actor = &a};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_INFO, log_calls, &l));
    NEED_OK(net_meshos_publish_log(a.handle, NET_MESHOS_LOG_INFO, "go", 2));
    GAUGE_NEED(&l.calls, 1);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(inside_log_function_ends, "inside: a log function may shut the SDK down, or free it, and needn't wait for itself") {
    for (int frees = 0; frees < 2; frees++) {
        struct actor a = {0};
        struct log_calls l = {.actor = &a, .shuts_down = !frees, .frees = frees};
        NetMeshOsSdk *sdk = sdk_new("{}");
        actor_begin(&a, sdk, 1);
        NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_INFO, log_calls, &l));
        NEED_OK(net_meshos_publish_log(a.handle, NET_MESHOS_LOG_INFO, "go", 2));
        GAUGE_NEED(&l.calls, 1);
        CHECK_AT_MOST(l.took_ms, 4999); /* not the time that it waits for others */
        CHECK_INT(gauge_get(&a.destroys), 1);
        if (!frees)
            net_meshos_sdk_free(sdk);
        ACTOR_END(&a);
    }
}
