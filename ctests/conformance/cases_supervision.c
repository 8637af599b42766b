/* Control events other than SHUTDOWN, and what metadata shows of the node. The extension calls cause them. */
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "json_oracle.h"
#include "worker.h"

/* Whether the daemon's refreshed metadata contains all these texts. */
static bool metadata_has(NetMeshOsHandle *handle, const char *const *texts) {
    char *json = net_meshos_refresh_metadata(handle);
    bool all = json && json_is_valid(json, strlen(json));
    for (; all && *texts; texts++)
        all = strstr(json, *texts) != NULL;
    net_meshos_free_string(json);
    return all;
}
#define HAS(handle, ...) metadata_has(handle, (const char *const[]){__VA_ARGS__, NULL})
#define STATE(kind) "\"kind\":\"" kind "\"" /* only the state has a kind while there are no peers */

enum { HOUR = 3600000 };

/* Into maintenance and out again: DRAIN_START and DRAIN_FINISH go to all daemons. */
static void go_round(NetMeshOsSdk *sdk, NetMeshOsHandle *handle, uint64_t drain_ms) {
    ext_need();
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, drain_ms));
    POLL_UNTIL(HAS(handle, STATE("maintenance")));
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    POLL_UNTIL(HAS(handle, STATE("recovery")));
}

static gauge at_gate; /* calls that have come there */

static int wait_for_gate(struct actor *w, const struct call *c) {
    (void)c;
    gauge_add(&at_gate, 1);
    GAUGE_NEED((gauge *)w->context, 1);
    return 0;
}

static void post_many(struct actor *w, size_t n) {
    static const NetMeshOsEvent events[100];
    for (size_t accepted = 0; n > 0; n -= accepted)
        NEED_OK(net_meshos_ext_post(w->sdk, w->id, events, n < LENGTH(events) ? n : LENGTH(events), &accepted));
}

static bool backpressure_is_on(NetMeshOsSdk *sdk) {
    char *look = net_meshos_ext_runtime_json(sdk);
    bool on = look && strstr(look, "\"backpressure\":{\"on\":true");
    net_meshos_free_string(look);
    return on;
}

/* Drain events that follow each other don't fill it: the newest of them counts. */
static void drains_fill_no_channel(size_t capacity) {
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsDaemonControl event, last = {0};
    uint64_t got = 0;
    NEED_OK(net_meshos_sdk_start(1, UINT64_MAX, 0, 0, capacity, &sdk));
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (uint64_t i = 0; i < 10; i++)
        go_round(sdk, handle, HOUR + i);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    for (;;) {
        NEED_OK(net_meshos_try_next_control(handle, &event));
        if (event.kind == NET_MESHOS_CONTROL_NONE)
            break;
        last = event;
        got++;
    }
    CHECK_AT_MOST(got, capacity ? capacity : 8);
    CHECK_EVENT(last, NET_MESHOS_CONTROL_DRAIN_FINISH, 0);
    end(sdk, handle);
}

static void a_full_channel_drops_the_newest(void) {
    ext_need();
    gauge gate = {0};
    struct actor w = {.process = wait_for_gate, .context = &gate};
    NetMeshOsDaemonControl event;
    NetMeshOsSdk *sdk = NULL;
    for (size_t capacity = 0; capacity < 4; capacity++) {
        check_row("control_capacity %d", (int)capacity);
        drains_fill_no_channel(capacity);
    }
    check_row(NULL);
    NEED_OK(net_meshos_sdk_start(1, FAST_TICK_MS, 0, 0, 1, &sdk));
    worker_begin(&w, sdk, 1);
    post_many(&w, 1500); /* the first waits at the gate */
    POLL_UNTIL(backpressure_is_on(sdk));
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 1); /* DRAIN_START */
    EXPECT(net_meshos_ext_stop_daemon(sdk, w.id, 1), -2, shutdown_failed);
    NEED_OK(net_meshos_try_next_control(w.handle, &event));
    CHECK(event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_ON || event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
    NEED_OK(net_meshos_try_next_control(w.handle, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, 1);
    gauge_add(&gate, 1);
    ACTOR_END(&w);
    end(sdk, NULL);
}

static void drains_are_told(void) {
    ext_need();
    struct actor w = {0};
    NetMeshOsDaemonControl event;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    worker_begin(&w, sdk, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    EXPECT_OK(net_meshos_next_control(w.handle, 0, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_DRAIN_START, HOUR);
    EXPECT_OK(net_meshos_next_control(w.handle, 0, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_DRAIN_FINISH, 0);
    GAUGE_NEED(&w.controls, 2);
    CHECK_EVENT(w.control_log[0], NET_MESHOS_CONTROL_DRAIN_START, HOUR);
    CHECK_EVENT(w.control_log[1], NET_MESHOS_CONTROL_DRAIN_FINISH, 0);
    ACTOR_END(&w);
    CHECK_INT(gauge_get(&w.controls), 2);
    end(sdk, NULL);
}

static void backpressure_is_told(void) {
    ext_need();
    gauge gate = {0};
    struct actor w = {.process = wait_for_gate, .context = &gate};
    NetMeshOsDaemonControl on, off;
    NetMeshOsSdk *sdk = sdk_new();
    worker_begin(&w, sdk, 1);
    post_many(&w, 1500); /* the first waits at the gate */
    EXPECT_OK(net_meshos_next_control(w.handle, 0, &on));
    CHECK_INT(on.kind, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    CHECK_U64(on.grace_period_ms, 0);
    CHECK(on.level > 0.0f && on.level <= 1.0f);
    gauge_add(&gate, 1);
    EXPECT_OK(net_meshos_next_control(w.handle, 0, &off));
    CHECK_EVENT(off, NET_MESHOS_CONTROL_BACKPRESSURE_OFF, 0);
    CHECK(off.level == 0.0f);
    GAUGE_NEED(&w.controls, 2);
    CHECK_INT(w.control_log[0].kind, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    CHECK(w.control_log[0].level == on.level);
    CHECK_EVENT(w.control_log[1], NET_MESHOS_CONTROL_BACKPRESSURE_OFF, 0);
    ACTOR_END(&w);
    end(sdk, NULL);
}

static atomic_int health;

static int say_health(struct actor *w) {
    (void)w;
    return atomic_load(&health);
}

static void metadata_shows_each_state(void) {
    ext_need();
    gauge gate = {0};
    struct actor w = {.process = wait_for_gate, .context = &gate, .health = say_health};
    atomic_store(&health, NET_MESHOS_HEALTH_UNHEALTHY);
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    worker_begin(&w, sdk, 1);
    CHECK(HAS(w.handle, "\"maintenance_state\":{" STATE("active") "}"));
    post_many(&w, 1);
    GAUGE_NEED(&at_gate, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    CHECK(HAS(w.handle, STATE("entering_maintenance"), "\"since_ms\":", "\"deadline_remaining_ms\":"));
    gauge_add(&gate, 1);
    POLL_UNTIL(HAS(w.handle, STATE("maintenance"), "\"since_ms\":"));
    CHECK(!HAS(w.handle, "\"deadline_remaining_ms\":"));
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    GAUGE_NEED(&w.probes, gauge_get(&w.probes) + 6);
    CHECK(HAS(w.handle, STATE("exiting_maintenance"), "\"since_ms\":")); /* for as long as a daemon is unhealthy */
    ACTOR_END(&w);
    worker_begin(&w, sdk, 2);
    atomic_store(&health, NET_MESHOS_HEALTH_HEALTHY);
    POLL_UNTIL(HAS(w.handle, STATE("recovery"), "\"since_ms\":"));
    gauge_add(&gate, -1);
    post_many(&w, 1);
    GAUGE_NEED(&at_gate, 2);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 1));
    POLL_UNTIL(HAS(w.handle, STATE("drain_failed"), "\"since_ms\":", "\"reason\":\""));
    gauge_add(&gate, 1);
    ACTOR_END(&w);
    end(sdk, NULL);
}

const struct suite_case cases_supervision[] = {
    HEADER("supervision.full_channel", a_full_channel_drops_the_newest,
           "try_next.full sdk_start.control dropped.number event.drain_start event.drain_finish"),
    HEADER("supervision.drain", drains_are_told,
           "event.drain_start event.drain_finish on_control.once on_control.still_received"),
    HEADER("supervision.backpressure", backpressure_is_told,
           "event.backpressure_on event.backpressure_off on_control.once on_control.still_received"),
    HEADER("supervision.metadata", metadata_shows_each_state, "metadata.maintenance"),
    END,
};
