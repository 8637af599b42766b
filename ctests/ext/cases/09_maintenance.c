/* enter_maintenance and exit_maintenance: the six kinds, and the control events that are sent. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}

/* The control event that waits in the handle's mailbox. */
#define MAIL(a, kind) mail(__LINE__, (a), (kind))
static NetMeshOsDaemonControl mail(int line, struct actor *a, int kind) {
    NetMeshOsDaemonControl event = {0};
    NEED_OK(net_meshos_next_control(a->handle, patience_ms(), &event));
    if (event.kind != kind)
        FAIL("line %d: the mailbox has an event of kind %d, expected %d", line, event.kind, kind);
    return event;
}

CASE(maintenance_round, "maintenance: all the way round, with what metadata and daemons see") {
    struct actor a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{'recovery_ramp_ms': 30}");
    actor_begin(&a, sdk, 1);

    struct json_object *m = maintenance(a.handle);
    CHECK_TEXT(json_text(m, "kind"), "active");
    CHECK_U64(json_length(m), 1);
    CHECK_TEXT(maintenance_state(sdk), "Active");

    actor_hold(&a);
    POST(sdk, a.id, 1, 2, "");
    uint64_t began = now_ms();
    EXPECT_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    m = maintenance(a.handle);
    CHECK_TEXT(json_text(m, "kind"), "entering_maintenance");
    uint64_t took = now_ms() - began + 1;
    CHECK_AT_MOST(json_u64(m, "since_ms"), took);
    CHECK_AT_MOST(json_u64(m, "deadline_remaining_ms"), HOUR);
    CHECK_AT_LEAST(json_u64(m, "deadline_remaining_ms") + took, HOUR);
    CHECK_U64(json_length(m), 3);
    CHECK_TEXT(maintenance_state(sdk), "EnteringMaintenance");
    CHECK_U64(MAIL(&a, NET_MESHOS_CONTROL_DRAIN_START).grace_period_ms, HOUR);
    is_refused(&a);

    actor_let_go(&a); /* what waits is processed, and then nothing waits */
    CHECK_U64(ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START)->grace_period_ms, HOUR);
    ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_DRAIN_FINISH);
    CHECK_INT(gauge_get(&a.processed), 2);
    m = maintenance(a.handle);
    CHECK_TEXT(json_text(m, "kind"), "maintenance");
    json_u64(m, "since_ms");
    CHECK_U64(json_length(m), 2);
    CHECK_TEXT(maintenance_state(sdk), "Maintenance");
    CHECK_U64(MAIL(&a, NET_MESHOS_CONTROL_DRAIN_FINISH).grace_period_ms, 0);
    is_refused(&a);

    began = now_ms();
    EXPECT_OK(net_meshos_ext_exit_maintenance(sdk));
    EXPECT_OK(deliver(sdk, a.id, 1, 3, ""));
    POLL_UNTIL(maintenance_is(a.handle, "active"));
    CHECK_AT_LEAST(now_ms() - began + 1, 30);
    CHECK_TEXT(maintenance_state(sdk), "Active");
    CHECK_INT(gauge_get(&a.controls), 2); /* the way back sends no control events */
    CHECK(logged(sdk, "Recovery"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(maintenance_since, "maintenance: since_ms grows, and deadline_remaining_ms falls") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    POLL_UNTIL(json_u64(maintenance(a.handle), "since_ms") >= 20);
    CHECK_AT_MOST(json_u64(maintenance(a.handle), "deadline_remaining_ms"), HOUR - 20);
    CHECK_AT_LEAST(json_u64(look(sdk), "maintenance.since_ms"), 20);
    CHECK_AT_MOST(json_u64(look(sdk), "maintenance.deadline_remaining_ms"), HOUR - 20);
    actor_let_go(&a);
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    POLL_UNTIL(json_u64(maintenance(a.handle), "since_ms") >= 20);
    CHECK(json_is_null(look(sdk), "maintenance.deadline_remaining_ms"));
    CHECK(json_is_null(look(sdk), "maintenance.reason"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(maintenance_default_time, "maintenance: drain_ms 0 is drain_deadline_ms, which is 600,000 by default") {
    struct actor a = {.control = ignore_control}, b = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}"), *other = sdk_new("{'drain_deadline_ms': 12345678901}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, other, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
    NEED_OK(net_meshos_ext_enter_maintenance(other, 0));
    CHECK_U64(ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START)->grace_period_ms, 600000);
    CHECK_U64(ACTOR_GETS(&b, 1, NET_MESHOS_CONTROL_DRAIN_START)->grace_period_ms, UINT64_C(12345678901));
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
    sdk_end(other);
}

CASE(maintenance_endless_time, "maintenance: UINT64_MAX is as good as for ever") {
    struct actor a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, UINT64_MAX));
    CHECK(maintenance_is(a.handle, "entering_maintenance"));
    CHECK_AT_LEAST(json_u64(maintenance(a.handle), "deadline_remaining_ms"), UINT64_C(1000) * HOUR);
    actor_let_go(&a);
    CHECK_AT_LEAST(ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START)->grace_period_ms, UINT64_C(1000) * HOUR);
    ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_DRAIN_FINISH);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(maintenance_drain_fails, "maintenance: when the time is over first, DrainFailed with a reason and DRAIN_FINISH") {
    enum { DRAIN = 60 };
    struct actor hung = {.control = ignore_control}, a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&hung, sdk, 1);
    actor_begin(&a, sdk, 2);
    actor_hold(&hung);
    uint64_t began = now_ms();
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, DRAIN));
    CHECK_U64(ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START)->grace_period_ms, DRAIN);
    ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_DRAIN_FINISH);
    CHECK_AT_LEAST(now_ms() - began + 1, DRAIN);
    struct json_object *m = maintenance(a.handle);
    CHECK_TEXT(json_text(m, "kind"), "drain_failed");
    json_u64(m, "since_ms");
    CHECK_AT_LEAST(strlen(json_text(m, "reason")), 1);
    CHECK_U64(json_length(m), 3);
    CHECK_TEXT(maintenance_state(sdk), "DrainFailed");
    CHECK_TEXT(json_text(look(sdk), "maintenance.reason"), json_text(m, "reason"));
    MAIL(&hung, NET_MESHOS_CONTROL_DRAIN_START);
    MAIL(&hung, NET_MESHOS_CONTROL_DRAIN_FINISH);
    is_refused(&a);
    EXPECT(net_meshos_ext_enter_maintenance(sdk, 1), -2, invalid_state);
    CHECK(maintenance_is(a.handle, "drain_failed")); /* and stays, also when the callback is over */
    actor_let_go(&hung);
    FLUSH(sdk, 0);
    CHECK(maintenance_is(a.handle, "drain_failed"));
    EXPECT_OK(net_meshos_ext_exit_maintenance(sdk));
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    ACTOR_END(&hung);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(maintenance_drain_fails_waiting, "maintenance: events that wait fail the drain, too") {
    struct actor a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    post_many(sdk, a.id, 0, 10);
    need_waiting(sdk, 11);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 1));
    POLL_UNTIL(maintenance_is(a.handle, "drain_failed"));
    CHECK_HAS(json_text(maintenance(a.handle), "reason"), "11"); /* the events, with the one in process */
    actor_let_go(&a);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&a.processed), 11); /* a failed drain loses no events */
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- Where it makes no sense ---- */

/* What the case has put into the context. */
static int say_health(struct actor *a) {
    return *(int *)a->context;
}

CASE(maintenance_invalid_state, "maintenance: entering or leaving where that makes no sense is -2 invalid_state") {
    int health = NET_MESHOS_HEALTH_UNHEALTHY;
    struct actor a = {.control = ignore_control, .health = say_health, .context = &health};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5}");
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_exit_maintenance(sdk), -2, invalid_state); /* Active */
    actor_hold(&a);
    EXPECT_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    EXPECT(net_meshos_ext_enter_maintenance(sdk, HOUR), -2, invalid_state); /* EnteringMaintenance */
    actor_let_go(&a);
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    EXPECT(net_meshos_ext_enter_maintenance(sdk, HOUR), -2, invalid_state); /* Maintenance */
    EXPECT_OK(net_meshos_ext_exit_maintenance(sdk));
    CHECK(maintenance_is(a.handle, "exiting_maintenance"));
    EXPECT(net_meshos_ext_enter_maintenance(sdk, HOUR), -2, invalid_state); /* ExitingMaintenance */
    EXPECT(net_meshos_ext_exit_maintenance(sdk), -2, invalid_state);
    health = NET_MESHOS_HEALTH_HEALTHY;
    POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    EXPECT(net_meshos_ext_exit_maintenance(sdk), -2, invalid_state); /* Recovery */
    CHECK(maintenance_is(a.handle, "recovery"));
    EXPECT_OK(net_meshos_ext_enter_maintenance(sdk, HOUR)); /* from where it may be entered */
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    GAUGE_NEED(&a.controls, 4);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(maintenance_given_up, "maintenance: leaving while it drains gives the drain up, with DRAIN_FINISH") {
    struct actor hung = {0}, a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&hung, sdk, 1);
    actor_begin(&a, sdk, 2);
    actor_hold(&hung);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    NEED_OK(net_meshos_ext_exit_maintenance(sdk));
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START);
    ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_DRAIN_FINISH);
    POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    actor_let_go(&hung);
    FLUSH(sdk, 0);
    CHECK(maintenance_is(a.handle, "recovery"));
    ACTOR_END(&hung);
    ACTOR_END(&a);
    sdk_end(sdk);
}
