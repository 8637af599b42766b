/* Maintenance, with what else there is: no daemons, pipelines, on_control, posts. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

CASE(maintenance_empty_node, "maintenance: of a node without daemons") {
    NetMeshOsSdk *sdk = sdk_new("{'recovery_ramp_ms': 1}");
    EXPECT_OK(net_meshos_ext_enter_maintenance(sdk, 1));
    POLL_UNTIL(STATE_IS(sdk, "Maintenance") || STATE_IS(sdk, "DrainFailed"));
    CHECK_TEXT(maintenance_state(sdk), "Maintenance");
    struct actor late = {0};
    actor_begin(&late, sdk, 1); /* may be registered, but gets no events */
    is_refused(&late);
    EXPECT_OK(net_meshos_ext_exit_maintenance(sdk));
    POLL_UNTIL(STATE_IS(sdk, "Active"));
    EXPECT_OK(deliver(sdk, late.id, 1, 1, ""));
    ACTOR_END(&late);
    sdk_end(sdk);
}

static int forward(struct actor *a, const struct call *c) {
    (void)a;
    net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

CASE(maintenance_drains_pipelines, "maintenance: outputs still reach their subscribers while it drains") {
    enum { STAGES = 5, EVENTS = 2000 };
    static struct actor stages[STAGES];
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 2000}");
    for (unsigned i = 0; i < STAGES; i++) {
        stages[i] = (struct actor){.process = forward};
        actor_begin(&stages[i], sdk, i);
        if (i > 0)
            NEED_OK(net_meshos_ext_subscribe(sdk, stages[i - 1].id, stages[i].id));
    }
    actor_hold(&stages[0]);
    post_many(sdk, stages[0].id, 1, EVENTS - 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    is_refused(&stages[1]);
    actor_let_go(&stages[0]);
    POLL_UNTIL(maintenance_is(stages[0].handle, "maintenance"));
    for (unsigned i = 0; i < STAGES; i++)
        CHECK_INT(gauge_get(&stages[i].processed), EVENTS);
    for (unsigned i = 0; i < STAGES; i++)
        ACTOR_END(&stages[i]);
    sdk_end(sdk);
}

static void slow_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    gauge *let_go = a->context;
    if (event->kind == NET_MESHOS_CONTROL_DRAIN_START)
        GAUGE_NEED(let_go, 1);
}

CASE(maintenance_waits_for_on_control, "maintenance: a daemon may drain inside on_control: the node waits for it") {
    gauge let_go = {0};
    struct actor a = {.control = slow_control, .context = &let_go};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    ACTOR_GETS(&a, 1, NET_MESHOS_CONTROL_DRAIN_START);
    CHECK(!gauge_reaches(&a.controls, 2, 30));
    CHECK(maintenance_is(a.handle, "entering_maintenance"));
    gauge_add(&let_go, 1);
    ACTOR_GETS(&a, 2, NET_MESHOS_CONTROL_DRAIN_FINISH);
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct posting {
    struct actor *actor;
    atomic_bool end;
    uint64_t taken;
};

static void *post_all_the_time(void *context) {
    struct posting *p = context;
    while (!atomic_load(&p->end)) {
        int status = post(p->actor->sdk, p->actor->id, 0, p->taken, "");
        if (status == NET_MESHOS_OK)
            p->taken++;
        else if (strcmp(net_meshos_last_error_kind(), draining) != 0 &&
                 strcmp(net_meshos_last_error_kind(), queue_full) != 0)
            EXPECT(status, -2, draining);
    }
    return NULL;
}

CASE(maintenance_again_and_again, "maintenance: in and out while events come: once in, none is processed") {
    struct actor a = {0};
    struct posting p = {.actor = &a};
    NetMeshOsSdk *sdk = sdk_new("{'recovery_ramp_ms': 1, 'control_capacity': 100000}");
    actor_begin(&a, sdk, 1);
    pthread_t thread = thread_start(post_all_the_time, &p);
    for (int i = 0; i < 50; i++) {
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
        POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
        long processed = gauge_get(&a.processed);
        CHECK_U64(json_u64(look_at(sdk, a.id), "inbox_depth"), 0);
        CHECK(!gauge_reaches(&a.processed, processed + 1, 1));
        NEED_OK(net_meshos_ext_exit_maintenance(sdk));
        GAUGE_NEED(&a.processed, processed + 1);
        POLL_UNTIL(!maintenance_is(a.handle, "exiting_maintenance"));
    }
    atomic_store(&p.end, true);
    THREAD_JOIN(thread);
    FLUSH(sdk, 0);
    CHECK_U64((uint64_t)gauge_get(&a.processed), p.taken);
    ACTOR_END(&a);
    sdk_end(sdk);
}
