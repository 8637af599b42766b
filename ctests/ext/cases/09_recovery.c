/* The way back from maintenance: ExitingMaintenance, Recovery, Active. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

static const char *state(NetMeshOsSdk *sdk) {
    return json_text(look(sdk), "maintenance.state");
}

/* The node is in Recovery, and shows only for how long. exit_maintenance was called at `began`. */
static void check_recovery(struct actor *a, uint64_t began) {
    struct json_object *m = maintenance(a->handle);
    CHECK_TEXT(json_text(m, "kind"), "recovery");
    CHECK_AT_MOST(json_u64(m, "since_ms"), now_ms() - began + 1);
    CHECK_U64(json_length(m), 2);
    CHECK_TEXT(state(a->sdk), "Recovery");
}

/* What the case has put into the context. */
static int say_health(struct actor *a) {
    return *(int *)a->context;
}

CASE(recovery_waits_for_health, "recovery: begins when all daemons have said that they are healthy") {
    int one = NET_MESHOS_HEALTH_DEGRADED, two = NET_MESHOS_HEALTH_UNHEALTHY;
    struct actor a = {.health = say_health, .context = &one}, b = {.health = say_health, .context = &two}, c = {0};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5, 'recovery_ramp_ms': 20}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    actor_begin(&c, sdk, 3); /* has no such callback, and is not waited for */
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    GAUGE_NEED(&a.probes, gauge_get(&a.probes) + 3);
    struct json_object *m = maintenance(a.handle);
    CHECK_TEXT(json_text(m, "kind"), "exiting_maintenance");
    json_u64(m, "since_ms");
    CHECK_U64(json_length(m), 2);
    CHECK_TEXT(state(sdk), "ExitingMaintenance");
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "")); /* events are taken already */
    two = NET_MESHOS_HEALTH_HEALTHY;
    GAUGE_NEED(&b.probes, gauge_get(&b.probes) + 3);
    CHECK(maintenance_is(a.handle, "exiting_maintenance"));
    one = NET_MESHOS_HEALTH_HEALTHY;
    POLL_UNTIL(maintenance_is(a.handle, "active"));
    ACTOR_END(&a);
    ACTOR_END(&b);
    ACTOR_END(&c);
    sdk_end(sdk);
}

CASE(recovery_unknown_health, "recovery: a health that is none of the three counts as healthy") {
    int one = 77, two = -1;
    struct actor a = {.health = say_health, .context = &one}, b = {.health = say_health, .context = &two};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    uint64_t began = now_ms();
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    check_recovery(&a, began); /* the ramp is 300 s */
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

CASE(recovery_without_ticks, "recovery: begins when they have said so, however long the tick is") {
    int health = NET_MESHOS_HEALTH_HEALTHY;
    struct actor a = {.health = say_health, .context = &health};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': %d}", HOUR);
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    uint64_t began = now_ms();
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    check_recovery(&a, began);
    CHECK_AT_LEAST((uint64_t)gauge_get(&a.probes), 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(recovery_ramp, "recovery: lasts recovery_ramp_ms") {
    enum { RAMP = 100 };
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'recovery_ramp_ms': %d}", RAMP);
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    uint64_t began = now_ms();
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    POLL_UNTIL(maintenance_is(a.handle, "active"));
    CHECK_AT_LEAST(now_ms() - began + 1, RAMP);
    ACTOR_END(&a);
    sdk_end(sdk);
}
