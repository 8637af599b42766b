/* Callbacks that hang: how that is shown, and what still works meanwhile. */
#include <stdio.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "hung.h"

enum { WATCHDOG = 40, HOUR = 3600000 };

static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}

static int healthy(struct actor *a) {
    (void)a;
    return NET_MESHOS_HEALTH_HEALTHY;
}

CASE(hung_is_shown, "hung: a callback that runs longer than watchdog_ms is overdue, shown and logged") {
    for (int kind = 0; kind < 5; kind++) {
        struct hung h;
        char row[64];
        snprintf(row, sizeof row, "kind %d", kind);
        check_row("%s", row);
        NetMeshOsSdk *sdk = sdk_new("{'watchdog_ms': %d, 'tick_interval_ms': 5}", WATCHDOG);
        uint64_t began = now_ms();
        hung_begin(&h, sdk, 1, kind);
        POLL_UNTIL(json_boolean(look_at(sdk, h.actor.id), "overdue"));
        CHECK_AT_LEAST(now_ms() - began + 1, WATCHDOG);
        /* Once more: the time that is shown may be that of the look's begin. */
        CHECK_AT_LEAST(json_u64(look_at(sdk, h.actor.id), "busy_ms") + 1, WATCHDOG);
        POLL_UNTIL(logged(sdk, "overdue"));
        let_go(&h);
        POLL_UNTIL(!json_boolean(look_at(sdk, h.actor.id), "overdue"));
        FLUSH(sdk, h.actor.id);
        ACTOR_END(&h.actor);
        sdk_end(sdk);
    }
}

CASE(hung_default_watchdog, "hung: a short callback is not overdue, and busy_ms is 0 when none runs") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    POLL_UNTIL(json_u64(look_at(sdk, a.id), "busy_ms") >= 20);
    CHECK(!json_boolean(look_at(sdk, a.id), "overdue"));
    actor_let_go(&a);
    FLUSH(sdk, 0);
    CHECK_U64(json_u64(look_at(sdk, a.id), "busy_ms"), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(hung_holds_up_nobody, "hung: other daemons, the supervisor and all calls go on") {
    enum { HUNG = 12 };
    static const int kinds[] = {0, 2, 3}; /* on_control hangs in other cases: here it would be called twice */
    static struct hung all[HUNG];
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5, 'watchdog_ms': %d}", WATCHDOG);
    struct actor a = {.control = ignore_control, .health = healthy};
    actor_begin(&a, sdk, 999);
    for (unsigned i = 0; i < HUNG; i++)
        hung_begin(&all[i], sdk, i, kinds[i % LENGTH(kinds)]);
    for (uint64_t i = 0; i < 50; i++) {
        NEED_OK(deliver(sdk, a.id, 1, i, ""));
        POST(sdk, a.id, 2, i, "");
        NEED_OK(net_meshos_ext_flush(sdk, a.id, patience_ms()));
    }
    GAUGE_NEED(&a.probes, gauge_get(&a.probes) + 5);
    EXPECT_OK(net_meshos_ext_enter_maintenance(sdk, 1));
    GAUGE_NEED(&a.controls, 2);
    CHECK(maintenance_is(a.handle, "drain_failed"));
    EXPECT_OK(net_meshos_ext_exit_maintenance(sdk));
    EXPECT(net_meshos_ext_flush(sdk, all[0].actor.id, 1), -2, timeout);
    EXPECT_OK(net_meshos_ext_set_output(sdk, NULL, NULL));
    EXPECT_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_INFO, NULL, NULL));
    EXPECT_OK(net_meshos_ext_subscribe(sdk, a.id, all[0].actor.id));
    EXPECT_OK(net_meshos_ext_unsubscribe(sdk, a.id, all[0].actor.id));
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, 1));
    ACTOR_END(&a);
    for (unsigned i = 0; i < HUNG; i++)
        let_go(&all[i]);
    for (unsigned i = 0; i < HUNG; i++)
        ACTOR_END(&all[i].actor);
    sdk_end(sdk);
}

CASE(hung_shutdown, "hung: graceful_shutdown is -2 shutdown_failed when the grace is over; handle_free waits") {
    enum { GRACE = 60 };
    for (int kind = 0; kind < 5; kind++) {
        struct hung h;
        NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5}");
        hung_begin(&h, sdk, 1, kind);
        uint64_t began = now_ms();
        EXPECT(net_meshos_graceful_shutdown(h.actor.handle, GRACE), -2, shutdown_failed);
        CHECK_AT_LEAST(now_ms() - began + 1, GRACE);
        EXPECT(net_meshos_graceful_shutdown(h.actor.handle, GRACE), -4, already_shutdown); /* it is consumed */
        CHECK_INT(gauge_get(&h.actor.destroys), 0);
        struct freeing f = {.hung = &h};
        pthread_t thread = thread_start(free_it, &f);
        CHECK(!gauge_reaches(&f.over, 1, 40));
        let_go(&h);
        THREAD_JOIN(thread);
        ACTOR_CHECK(&h.actor);
        sdk_end(sdk);
    }
}

CASE(hung_stop, "hung: stop_daemon is -2 shutdown_failed, and the daemon gets no more events") {
    struct hung h;
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 3600000}");
    hung_begin(&h, sdk, 1, 0);
    post_many(sdk, h.actor.id, 0, 5);
    uint64_t began = now_ms();
    EXPECT(net_meshos_ext_stop_daemon(sdk, h.actor.id, 30), -2, shutdown_failed);
    CHECK_AT_LEAST(now_ms() - began + 1, 30);
    EXPECT(post(sdk, h.actor.id, 1, 1, ""), -2, stopped);
    let_go(&h);
    if (in_durable_mesh()) { /* where a daemon that is stopped keeps its events */
        GAUGE_NEED(&h.actor.processed, 1);
        FLUSH(sdk, 0); /* which passes it over */
        POLL_UNTIL(json_u64(look_at(sdk, h.actor.id), "inbox_depth") == 5);
    } else {
        FLUSH(sdk, 0);
    }
    CHECK_INT(gauge_get(&h.actor.processed), 1);
    ACTOR_END(&h.actor);
    sdk_end(sdk);
}

CASE(hung_sdk_shutdown, "hung: sdk_shutdown waits 5 seconds, is -2 shutdown_failed, and the SDK is shut down") {
    struct hung h;
    struct actor other = {0};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 3600000}");
    actor_begin(&other, sdk, 2);
    hung_begin(&h, sdk, 1, 0);
    uint64_t began = now_ms();
    EXPECT(net_meshos_sdk_shutdown(sdk), -2, shutdown_failed);
    CHECK_AT_LEAST(now_ms() - began + 1, 5000);
    EXPECT(net_meshos_sdk_shutdown(sdk), -4, already_shutdown);
    CHECK_INT(gauge_get(&other.destroys), 1); /* the others are over */
    CHECK_INT(gauge_get(&h.actor.destroys), 0);
    net_meshos_sdk_free(sdk); /* does not wait again */
    CHECK_AT_MOST(now_ms() - began, 5000 + patience_ms());
    struct freeing f = {.hung = &h};
    pthread_t thread = thread_start(free_it, &f);
    CHECK(!gauge_reaches(&f.over, 1, 40));
    let_go(&h);
    THREAD_JOIN(thread);
    ACTOR_CHECK(&h.actor);
    ACTOR_END(&other);
}

struct delivering {
    struct actor *actor;
    int status;
};

static void *deliver_it(void *context) {
    struct delivering *d = context;
    d->status = deliver(d->actor->sdk, d->actor->id, 1, 1, "");
    return NULL;
}

CASE(hung_in_deliver, "hung: the same for a callback that a host's thread runs in deliver") {
    struct hung h = {.kind = 0, .actor = {.process = hang_in_process}};
    struct delivering d = {.actor = &h.actor, .status = 99};
    NetMeshOsSdk *sdk = sdk_new("{'watchdog_ms': %d}", WATCHDOG);
    h.actor.context = &h;
    actor_begin(&h.actor, sdk, 1);
    pthread_t thread = thread_start(deliver_it, &d);
    GAUGE_NEED(&h.inside, 1);
    POLL_UNTIL(json_boolean(look_at(sdk, h.actor.id), "overdue"));
    EXPECT(net_meshos_graceful_shutdown(h.actor.handle, 10), -2, shutdown_failed);
    let_go(&h);
    THREAD_JOIN(thread);
    CHECK_INT(d.status, 0);
    ACTOR_END(&h.actor);
    sdk_end(sdk);
}

static int emit_one(struct actor *a, const struct call *c) {
    (void)a;
    net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

CASE(hung_subscriber, "hung: a subscriber that hangs holds up its producer alone, which can still be ended") {
    struct hung h;
    struct actor producer = {.process = emit_one}, other = {.process = emit_one};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 4, 'tick_interval_ms': 3600000}");
    actor_begin(&producer, sdk, 2);
    actor_begin(&other, sdk, 3);
    hung_begin(&h, sdk, 1, 0);
    NEED_OK(net_meshos_ext_subscribe(sdk, producer.id, h.actor.id));
    post_many(sdk, producer.id, 0, 4);
    if (in_durable_mesh()) /* where outputs are kept on the servers */
        FLUSH(sdk, producer.id);
    else
        EXPECT(net_meshos_ext_flush(sdk, producer.id, 30), -2, timeout);
    EXPECT_OK(deliver(sdk, other.id, 1, 1, ""));
    EXPECT_OK(net_meshos_graceful_shutdown(producer.handle, 1));
    ACTOR_END(&producer);
    let_go(&h);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&h.actor.processed), 5); /* what the producer has emitted is not lost */
    ACTOR_END(&h.actor);
    ACTOR_END(&other);
    sdk_end(sdk);
}
