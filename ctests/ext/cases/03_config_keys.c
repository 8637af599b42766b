/* Keys of the configuration that are seen at once; the others have their cases where they matter. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static int healthy(struct actor *a) {
    (void)a;
    return NET_MESHOS_HEALTH_HEALTHY;
}

CASE(config_tick, "config: tick_interval_ms is how often health is asked") {
    struct actor fast = {.health = healthy}, never = {.health = healthy};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 2}");
    NetMeshOsSdk *slow = sdk_new("{'tick_interval_ms': 18446744073709551615}");
    actor_begin(&fast, sdk, 1);
    actor_begin(&never, slow, 1);
    GAUGE_NEED(&fast.probes, 20);
    CHECK(json_u64(look(sdk), "ticks") >= 20);
    CHECK_U64(json_u64(look(slow), "ticks"), 0);
    CHECK_INT(gauge_get(&never.probes), 0);
    ACTOR_END(&fast);
    ACTOR_END(&never);
    sdk_end(sdk);
    sdk_end(slow);
}

static void expect_controls(const struct actor *a, const int *kinds, size_t n) {
    NetMeshOsDaemonControl event;
    for (size_t i = 0; i < n; i++) {
        NEED_OK(net_meshos_try_next_control(a->handle, &event));
        CHECK_INT(event.kind, kinds[i]);
    }
    NEED_OK(net_meshos_try_next_control(a->handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_NONE);
}

CASE(config_control_capacity, "config: control_capacity is how many control events wait; the newest drain event counts") {
    static const int kinds[] = {NET_MESHOS_CONTROL_DRAIN_START, NET_MESHOS_CONTROL_DRAIN_FINISH};
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'control_capacity': 2}");
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 20; i++) { /* DRAIN_START and DRAIN_FINISH each */
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
        POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
        NEED_OK(net_meshos_ext_exit_maintenance(sdk));
        POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    }
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    expect_controls(&a, kinds, LENGTH(kinds));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(control_drops, "control events: SHUTDOWN is never dropped; the first drop is logged at warn level") {
    struct actor a = {0};
    NetMeshOsDaemonControl event;
    NetMeshOsSdk *sdk = sdk_new("{'control_capacity': 1, 'backpressure_on': 2, 'backpressure_off': 1}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    POST(sdk, a.id, 1, 1, "");
    POLL_UNTIL(json_boolean(look(sdk), "backpressure.on"));
    CHECK(!logged(sdk, "control channel is full"));
    for (int i = 0; i < 2; i++) { /* DRAIN_START and DRAIN_FINISH each */
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, 3600000));
        NEED_OK(net_meshos_ext_exit_maintenance(sdk));
        POLL_UNTIL(maintenance_is(a.handle, "recovery"));
        CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 2 * (uint64_t)i + 2);
    }
    CHECK_U64(json_u64(look_at(sdk, a.id), "dropped_control_events"), 4);
    CHECK_U64(json_u64(look(sdk), "totals.dropped_control_events"), 4);
    char *text = net_meshos_ext_logs_json(sdk, 0, 0);
    const char *line = strstr(text, "control channel is full");
    NEED(line != NULL);
    CHECK(strstr(line + 1, "control channel is full") == NULL);
    CHECK(strstr(text, "\"level\":\"warn\"") != NULL);
    net_meshos_free_string(text);
    actor_let_go(&a);
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1)); /* drained it is, and BACKPRESSURE_OFF has replaced ON */
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 77));
    POLL_UNTIL(!json_boolean(look(sdk), "backpressure.on"));
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK(event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_ON || event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
    CHECK_U64(event.grace_period_ms, 77);
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_NONE);
    ACTOR_END(&a);
    sdk_end(sdk);
}
