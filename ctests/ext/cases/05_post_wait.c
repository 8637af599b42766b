/* post_wait: who waits for room in an inbox, and how long. */
#include <stdio.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

struct waiting {
    struct actor *actor;
    blocking blocked;
    uint64_t timeout_ms;
    size_t accepted;
    int status;
    char kind[32];
};

/* What fills the inbox of a durable mesh, where the events of one post are stored together, or not at all. */
static const uint8_t long_payload[1000];

static void *wait_for_room(void *context) {
    struct waiting *w = context;
    NetMeshOsEvent events[5];
    for (uint64_t i = 0; i < 5; i++)
        events[i] = (NetMeshOsEvent){2, 1 + i, long_payload, in_durable_mesh() ? sizeof long_payload : 0};
    blocking_enter(&w->blocked);
    w->status = net_meshos_ext_post_wait(w->actor->sdk, w->actor->id, events, 5, w->timeout_ms, &w->accepted);
    const char *kind = net_meshos_last_error_kind();
    snprintf(w->kind, sizeof w->kind, "%s", kind ? kind : "");
    return NULL;
}

/* An actor that is held, whose inbox for four has room for one. */
static NetMeshOsSdk *nearly_full(struct actor *a) {
    mesh_keys("'waiting_max_bytes': 5000");
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 4}");
    actor_begin(a, sdk, 1);
    actor_hold(a);
    POST(sdk, a->id, 1, 2, "");
    POST(sdk, a->id, 1, 3, "");
    return sdk;
}

/* How many of five events go in. */
static size_t fitting(void) {
    return in_durable_mesh() ? 0 : 1;
}

CASE(post_wait_room, "post_wait: waits for room, without limit if timeout_ms is 0") {
    for (uint64_t limit = 0; limit <= 3600000; limit += 3600000) {
        struct actor a = {0};
        NetMeshOsSdk *sdk = nearly_full(&a);
        struct waiting w = {.actor = &a, .timeout_ms = limit, .accepted = 99};
        pthread_t thread = thread_start(wait_for_room, &w);
        blocking_need(&w.blocked);
        CHECK_INT(gauge_get(&a.processed), 0);
        actor_let_go(&a);
        THREAD_JOIN(thread);
        CHECK_INT(w.status, 0);
        CHECK_U64(w.accepted, 5);
        FLUSH(sdk, a.id);
        CHECK_INT(gauge_get(&a.processed), 8);
        CHECK_U64(a.last_sequence, 5);
        ACTOR_END(&a);
        sdk_end(sdk);
    }
}

CASE(post_wait_timeout, "post_wait: -2 queue_full when the time is over, never early; accepted is exact") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = nearly_full(&a);
    struct waiting w = {.actor = &a, .timeout_ms = 30, .accepted = 99};
    uint64_t began = now_ms();
    wait_for_room(&w);
    CHECK_AT_LEAST(now_ms() - began, 29);
    CHECK_INT(w.status, -2);
    CHECK_TEXT(w.kind, "queue_full");
    CHECK_U64(w.accepted, fitting());
    actor_let_go(&a);
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), 3 + (long)fitting());
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(post_wait_ends, "post_wait: ends when the daemon takes no more events, and says how many went in") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = nearly_full(&a);
    struct waiting w = {.actor = &a, .accepted = 99};
    pthread_t thread = thread_start(wait_for_room, &w);
    blocking_need(&w.blocked);
    POLL_UNTIL(json_u64(look_at(sdk, a.id), "inbox_depth") == 3 + fitting());
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 3600000));
    THREAD_JOIN(thread);
    CHECK_INT(w.status, -2);
    CHECK_TEXT(w.kind, "draining");
    CHECK_U64(w.accepted, fitting());
    actor_let_go(&a);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static int post_to_itself(struct actor *a, const struct call *c) {
    struct waiting w = {.actor = a, .accepted = 99};
    if (c->origin == 2)
        return 0;
    wait_for_room(&w);
    CHECK_INT(w.status, -2);
    CHECK_TEXT(w.kind, "invalid_state");
    CHECK_U64(w.accepted, in_durable_mesh() ? 0 : 3);
    return 0;
}

CASE(post_wait_inside, "post_wait: -2 invalid_state inside a callback of the daemon, if there is no room") {
    mesh_keys("'waiting_max_bytes': 5000");
    struct actor a = {.process = post_to_itself};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 4}");
    actor_begin(&a, sdk, 1);
    POST(sdk, a.id, 1, 1, "");
    GAUGE_NEED(&a.processed, in_durable_mesh() ? 1 : 4);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(post_wait_arguments, "post_wait: the errors of post") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'max_payload_bytes': 3}");
    NetMeshOsEvent long_one = event(1, 1, "four"), none = {.payload_len = 1};
    size_t accepted = 99;
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_post_wait(sdk, a.id, NULL, 1, 1, &accepted), -3, invalid_argument);
    CHECK_U64(accepted, 0);
    EXPECT(net_meshos_ext_post_wait(sdk, a.id, &long_one, 1, 1, &accepted), -3, invalid_argument);
    EXPECT(net_meshos_ext_post_wait(sdk, a.id, &none, 1, 1, NULL), -3, invalid_argument);
    EXPECT(net_meshos_ext_post_wait(sdk, NOBODY, NULL, 0, 1, NULL), -2, not_found);
    EXPECT_OK(net_meshos_ext_post_wait(sdk, a.id, NULL, 0, 1, NULL));
    NEED_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1));
    EXPECT(net_meshos_ext_post_wait(sdk, a.id, NULL, 0, 0, NULL), -2, stopped);
    ACTOR_END(&a);
    sdk_end(sdk);
}
