/* stop_daemon, restart_daemon, daemon_done, and graceful shutdowns that end early. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}

/* Says that it is done, from inside on_control. */
static void be_done(struct actor *a, const NetMeshOsDaemonControl *event) {
    if (event->kind == NET_MESHOS_CONTROL_SHUTDOWN)
        EXPECT_OK(net_meshos_ext_daemon_done(a->handle));
}

static const char *lifecycle(const struct actor *a) {
    return json_text(look_at(a->sdk, a->id), "lifecycle");
}

/* A stop or a graceful shutdown on a thread of its own. */
struct ending {
    struct actor *actor;
    uint64_t grace_ms;
    bool graceful;
    int status;
    char kind[32];
    gauge over;
};

static void *end(void *context) {
    struct ending *e = context;
    struct actor *a = e->actor;
    e->status = e->graceful ? net_meshos_graceful_shutdown(a->handle, e->grace_ms)
                            : net_meshos_ext_stop_daemon(a->sdk, a->id, e->grace_ms);
    const char *kind = net_meshos_last_error_kind();
    snprintf(e->kind, sizeof e->kind, "%s", kind ? kind : "");
    gauge_add(&e->over, 1);
    return NULL;
}

CASE(stop_after_grace, "stop: SHUTDOWN to mailbox and on_control, and stopped when the grace is over") {
    enum { GRACE = 60 };
    struct actor a = {.control = ignore_control}, other = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsDaemonControl event;
    actor_begin(&a, sdk, 1);
    actor_begin(&other, sdk, 2);
    uint64_t began = now_ms();
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, GRACE));
    CHECK_AT_LEAST(now_ms() - began + 1, GRACE);
    CHECK_U64(ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_SHUTDOWN)->grace_period_ms, GRACE);
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
    CHECK_U64(event.grace_period_ms, GRACE);
    CHECK_TEXT(lifecycle(&a), "stopped");
    EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, stopped);
    EXPECT(post(sdk, a.id, 1, 0, ""), -2, stopped);
    EXPECT(net_meshos_ext_stop_daemon(sdk, a.id, GRACE), -2, stopped);
    EXPECT(net_meshos_ext_daemon_done(a.handle), -2, invalid_state);
    CHECK_INT(gauge_get(&a.destroys), 0); /* it stays registered */
    EXPECT_OK(net_meshos_ext_flush(sdk, a.id, enough_ms()));
    EXPECT_OK(deliver(sdk, other.id, 1, 0, ""));
    CHECK_INT(gauge_get(&other.controls), 0);
    EXPECT_OK(net_meshos_publish_log(a.handle, NET_MESHOS_LOG_INFO, "x", 1));
    ACTOR_END(&a);
    ACTOR_END(&other);
    sdk_end(sdk);
}

CASE(stop_restart, "stop: restart_daemon starts the daemon again") {
    struct actor a = {.control = be_done};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsDaemonControl event;
    actor_begin(&a, sdk, 1);
    for (long i = 0; i < 20; i++) {
        EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
        EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, HOUR)); /* ends early each time */
        CHECK_INT(gauge_get(&a.controls), i + 1);
        NEED_OK(net_meshos_try_next_control(a.handle, &event)); /* its place is needed */
        CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
        EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, stopped);
        EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
        CHECK_TEXT(lifecycle(&a), "running");
        EXPECT(net_meshos_ext_daemon_done(a.handle), -2, invalid_state);
    }
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(stop_default_grace, "stop: grace_ms 0 is 5,000") {
    struct actor a = {.control = be_done};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 0));
    CHECK_U64(ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_SHUTDOWN)->grace_period_ms, 5000);
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, UINT64_MAX));
    CHECK_U64(ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_SHUTDOWN)->grace_period_ms, UINT64_MAX);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(stop_meanwhile, "stop: during the grace no event is taken, and a second stop or a restart is -2 draining") {
    struct actor a = {.control = ignore_control};
    struct ending e = {.actor = &a, .grace_ms = HOUR};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    pthread_t thread = thread_start(end, &e);
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_SHUTDOWN);
    EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, draining);
    EXPECT(post(sdk, a.id, 1, 0, ""), -2, draining);
    EXPECT(net_meshos_ext_stop_daemon(sdk, a.id, 1), -2, draining);
    EXPECT(net_meshos_ext_restart_daemon(sdk, a.id), -2, draining);
    CHECK_TEXT(lifecycle(&a), "stopping");
    CHECK(!gauge_reaches(&e.over, 1, 20));
    EXPECT_OK(net_meshos_ext_daemon_done(a.handle));
    THREAD_JOIN(thread);
    CHECK_INT(e.status, 0);
    CHECK_TEXT(lifecycle(&a), "stopped");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(stop_drops, "stop: events that still wait are dropped, which is logged and counted") {
    struct actor a = {.control = ignore_control};
    struct ending e = {.actor = &a, .grace_ms = 1};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    post_many(sdk, a.id, 0, 10);
    pthread_t thread = thread_start(end, &e);
    THREAD_JOIN(thread); /* a callback still runs */
    CHECK_INT(e.status, -2);
    CHECK_TEXT(e.kind, shutdown_failed);
    if (in_durable_mesh()) {
        CHECK_U64(json_u64(look_at(sdk, a.id), "discarded"), 0);
    } else {
        CHECK_U64(json_u64(look_at(sdk, a.id), "discarded"), 10);
        CHECK(logged(sdk, "10 events"));
    }
    actor_let_go(&a);
    if (in_durable_mesh()) { /* where events are kept */
        POLL_UNTIL(json_u64(look_at(sdk, a.id), "inbox_depth") == 10);
        EXPECT(net_meshos_ext_flush(sdk, a.id, 0), -2, stopped);
    } else {
        FLUSH(sdk, a.id);
    }
    CHECK_INT(gauge_get(&a.processed), 1); /* it gets no more */
    CHECK_TEXT(lifecycle(&a), "stopped");
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    CHECK_INT(gauge_get(&a.processed), in_durable_mesh() ? 12 : 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static int stop_self(struct actor *a, const struct call *c) {
    (void)c;
    EXPECT_OK(net_meshos_ext_stop_daemon(a->sdk, a->id, 1));
    return 0;
}

CASE(stop_from_inside, "stop: from inside a callback of the same daemon it returns at once") {
    struct actor a = {.process = stop_self, .control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    POLL_UNTIL(strcmp(lifecycle(&a), "stopped") == 0);
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_SHUTDOWN);
    EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, stopped);
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(stop_waiting_deliver, "stop: a deliver that waits for its turn gets -2 stopped") {
    struct actor a = {0};
    struct ending e = {.actor = &a, .grace_ms = 1};
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart'}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    pthread_t stopper = thread_start(end, &e);
    POLL_UNTIL(strcmp(lifecycle(&a), "running") != 0);
    int status = deliver(sdk, a.id, 1, 0, "");
    CHECK_INT(status, -2); /* draining or stopped, depending on how far the stop is */
    THREAD_JOIN(stopper);
    EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, stopped);
    actor_let_go(&a);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- daemon_done ---- */

CASE(done_early, "done: graceful_shutdown ends early, from on_control") {
    mesh_keys("'request_timeout_ms': 700");
    struct actor a = {.control = be_done};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, HOUR));
    CHECK_INT(gauge_get(&a.destroys), 1);
    EXPECT(net_meshos_ext_stop_daemon(sdk, a.id, 1), -2, in_mesh() ? mesh_unavailable : not_found);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static void *follow_control(void *context) {
    struct actor *a = context;
    NetMeshOsDaemonControl event;
    EXPECT_OK(net_meshos_next_control(a->handle, 0, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
    EXPECT_OK(net_meshos_ext_daemon_done(a->handle));
    return NULL;
}

CASE(done_from_control_thread, "done: the same from a thread that waits in next_control") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    pthread_t thread = thread_start(follow_control, &a);
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, HOUR));
    THREAD_JOIN(thread);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(done_waits_for_callbacks, "done: the shutdown ends only when no callback runs") {
    struct actor a = {.control = ignore_control};
    struct ending e = {.actor = &a, .grace_ms = HOUR, .graceful = true};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsDaemonControl event;
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    pthread_t thread = thread_start(end, &e);
    NEED_OK(net_meshos_next_control(a.handle, patience_ms(), &event));
    EXPECT_OK(net_meshos_ext_daemon_done(a.handle));
    CHECK(!gauge_reaches(&e.over, 1, 50));
    CHECK_INT(gauge_get(&a.destroys), 0);
    actor_let_go(&a);
    THREAD_JOIN(thread);
    CHECK_INT(e.status, 0);
    CHECK_INT(gauge_get(&a.destroys), 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(done_twice, "done: saying it twice changes nothing") {
    struct actor a = {.control = ignore_control};
    struct ending e = {.actor = &a, .grace_ms = HOUR};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    pthread_t thread = thread_start(end, &e);
    POLL_UNTIL(strcmp(lifecycle(&a), "stopping") == 0);
    EXPECT_OK(net_meshos_ext_daemon_done(a.handle));
    /* Unless the stop is over by now, for which the first one has made way. */
    int again = net_meshos_ext_daemon_done(a.handle);
    if (again != 0) {
        EXPECT(again, -2, invalid_state);
        CHECK_TEXT(lifecycle(&a), "stopped");
    }
    actor_let_go(&a);
    THREAD_JOIN(thread);
    CHECK_INT(e.status, 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(done_only_after_shutdown, "done: without SHUTDOWN it is -2 invalid_state, in maintenance too") {
    struct actor a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_daemon_done(a.handle), -2, invalid_state);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START);
    EXPECT(net_meshos_ext_daemon_done(a.handle), -2, invalid_state);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(graceful_meanwhile, "graceful shutdown: events are refused with -2 draining, as are stop and restart") {
    struct actor a = {.control = ignore_control};
    struct ending e = {.actor = &a, .grace_ms = HOUR, .graceful = true};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    pthread_t thread = thread_start(end, &e);
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_SHUTDOWN);
    EXPECT(deliver(sdk, a.id, 1, 0, ""), -2, draining);
    EXPECT(post(sdk, a.id, 1, 0, ""), -2, draining);
    EXPECT(net_meshos_ext_stop_daemon(sdk, a.id, 1), -2, draining);
    EXPECT(net_meshos_ext_restart_daemon(sdk, a.id), -2, draining);
    EXPECT(net_meshos_graceful_shutdown(a.handle, 1), -4, already_shutdown);
    uint8_t *out = NULL;
    size_t length = 0;
    EXPECT_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length)); /* its state may still be taken */
    EXPECT_OK(net_meshos_ext_daemon_done(a.handle));
    THREAD_JOIN(thread);
    CHECK_INT(e.status, 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(graceful_after_stop, "graceful shutdown: of a stopped daemon") {
    struct actor a = {.control = be_done};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_stop_daemon(sdk, a.id, HOUR));
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, HOUR));
    CHECK_INT(gauge_get(&a.controls), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(full_mailbox, "control events: a full mailbox does not keep them from on_control") {
    struct actor a = {.control = be_done};
    NetMeshOsSdk *sdk = sdk_new("{'control_capacity': 1}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR)); /* nobody takes it from the mailbox */
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START);
    ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_DRAIN_FINISH);
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, HOUR));
    ACTOR_GETS(&a, 3, NET_MESHOS_CONTROL_SHUTDOWN);
    ACTOR_END(&a);
    sdk_end(sdk);
}
