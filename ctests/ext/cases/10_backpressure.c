/* BACKPRESSURE_ON and BACKPRESSURE_OFF. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}

static bool near(float level, double expected) {
    return fabs((double)level - expected) < 1e-6;
}

/* One daemon that is held, so that its events wait, and one that records control events. */
struct pair {
    NetMeshOsSdk *sdk;
    struct actor held, listener;
    uint64_t posted; /* that wait */
};

static void pair_begin(struct pair *p, const char *config) {
    *p = (struct pair){.listener = {.control = ignore_control}};
    p->sdk = sdk_new("%s", config);
    actor_begin(&p->held, p->sdk, 1);
    actor_begin(&p->listener, p->sdk, 2);
    actor_hold(&p->held);
    p->posted = 1; /* the one that is in process */
}

/* Posts in one batch until `count` events wait, so that the supervisor sees no load in between. */
static void fill(struct pair *p, uint64_t waiting) {
    size_t n = (size_t)(waiting - p->posted);
    NetMeshOsEvent *events = calloc(n, sizeof *events);
    NEED_OK(net_meshos_ext_post(p->sdk, p->held.id, events, n, NULL));
    if (in_durable_mesh())
        need_waiting(p->sdk, waiting);
    p->posted = waiting;
    free(events);
}

static void pair_end(struct pair *p) {
    ACTOR_END(&p->held);
    ACTOR_END(&p->listener);
    sdk_end(p->sdk);
}

#define NOT_YET(p, n) CHECK(!gauge_reaches(&(p)->listener.controls, (n), 30))

static void expect_on(struct pair *p, long n, double level) {
    const NetMeshOsDaemonControl *event = ACTOR_GETS(&p->listener, n, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    if (!near(event->level, level))
        FAIL("control event %ld has level %f, expected %f", n, (double)event->level, level);
    CHECK_U64(event->grace_period_ms, 0);
}

/* Lets all be processed, and checks that levels move by 0.1 at least and that OFF ends it. */
static void expect_off(struct pair *p, long n) {
    actor_let_go(&p->held);
    FLUSH(p->sdk, 0);
    struct actor *a = &p->listener;
    POLL_UNTIL(gauge_get(&a->controls) >= n &&
               a->control_log[gauge_get(&a->controls) - 1].kind == NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
    long all = gauge_get(&a->controls);
    for (long i = n - 1; i < all - 1; i++) {
        CHECK_INT(a->control_log[i].kind, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
        CHECK(fabs((double)(a->control_log[i].level - a->control_log[i - 1].level)) > 0.1 - 1e-6);
    }
    CHECK(near(a->control_log[all - 1].level, 0));
    CHECK(!gauge_reaches(&a->controls, all + 1, 30));
    CHECK(!json_boolean(look(p->sdk), "backpressure.on"));
}

CASE(backpressure_small, "backpressure: 80 % and 20 % of an inbox that is small") {
    struct pair p;
    pair_begin(&p, "{'inbox_capacity': 100}");
    fill(&p, 79);
    NOT_YET(&p, 1);
    CHECK(!json_boolean(look(p.sdk), "backpressure.on"));
    fill(&p, 80);
    expect_on(&p, 1, 0.8);
    CHECK(json_boolean(look(p.sdk), "backpressure.on"));
    CHECK(fabs(json_double(look(p.sdk), "backpressure.level") - 0.8) < 1e-6);
    fill(&p, 89);
    NOT_YET(&p, 2);
    fill(&p, 90); /* it has moved by 0.1 */
    expect_on(&p, 2, 0.9);
    fill(&p, 100);
    expect_on(&p, 3, 1.0);
    expect_off(&p, 4);
    pair_end(&p);
}

CASE(backpressure_default, "backpressure: 1,000 waiting events turn it on, fewer than 200 off, level is the share") {
    struct pair p;
    pair_begin(&p, "{}");
    fill(&p, 999);
    NOT_YET(&p, 1);
    fill(&p, 1000);
    expect_on(&p, 1, 1000 / 65536.0);
    fill(&p, 5000);
    NOT_YET(&p, 2);
    fill(&p, 60000);
    long last = 2;
    if (in_durable_mesh()) /* where so many come in several messages, and so in steps */
        POLL_UNTIL((last = gauge_get(&p.listener.controls)) > 1 && near(p.listener.control_log[last - 1].level, json_double(look(p.sdk), "backpressure.level")) &&
                   p.listener.control_log[last - 1].level > 0.8F);
    else
        expect_on(&p, 2, 60000 / 65536.0);
    expect_off(&p, last + 1);
    pair_end(&p);
}

CASE(backpressure_marks, "backpressure: the marks of the configuration") {
    struct pair p;
    pair_begin(&p, "{'backpressure_on': 5, 'backpressure_off': 3, 'inbox_capacity': 50}");
    fill(&p, 4);
    NOT_YET(&p, 1);
    fill(&p, 5);
    expect_on(&p, 1, 0.1);
    expect_off(&p, 2);
    pair_end(&p);
}

CASE(backpressure_low_mark, "backpressure: is off when fewer wait than the low mark, and not before") {
    struct actor four = {0}, three = {0}, one = {0}, listener = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{'backpressure_on': 8, 'backpressure_off': 4, 'inbox_capacity': 1000,"
                                "'tick_interval_ms': 2}");
    struct actor *held[] = {&four, &three, &one};
    static const uint64_t counts[] = {4, 3, 1}; /* with the one that is in process */
    actor_begin(&listener, sdk, 99);
    for (unsigned i = 0; i < 3; i++) {
        actor_begin(held[i], sdk, i);
        actor_hold(held[i]);
        post_many(sdk, held[i]->id, 0, counts[i] - 1);
    }
    ACTOR_GETS(&listener, 1, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    actor_let_go(&four);
    FLUSH(sdk, four.id);
    CHECK_U64(json_u64(look(sdk), "queues.events_waiting"), 4);
    uint64_t ticks = json_u64(look(sdk), "ticks"); /* the supervisor has looked, and said nothing */
    POLL_UNTIL(json_u64(look(sdk), "ticks") >= ticks + 10);
    CHECK(!gauge_reaches(&listener.controls, 2, 20));
    actor_let_go(&one);
    ACTOR_GETS(&listener, 2, NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
    actor_let_go(&three);
    for (unsigned i = 0; i < 3; i++)
        ACTOR_END(held[i]);
    ACTOR_END(&listener);
    sdk_end(sdk);
}

CASE(backpressure_of_all, "backpressure: counts the events of all daemons, and tells all, by mailbox and on_control") {
    struct actor one = {0}, two = {0}, listener = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 100}");
    NetMeshOsDaemonControl event;
    actor_begin(&one, sdk, 1);
    actor_begin(&two, sdk, 2);
    actor_begin(&listener, sdk, 3);
    actor_hold(&one);
    actor_hold(&two);
    post_many(sdk, one.id, 0, 39);
    post_many(sdk, two.id, 0, 39);
    ACTOR_GETS(&listener, 1, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    CHECK(near(listener.control_log[0].level, 0.8));
    struct actor *all[] = {&one, &two, &listener};
    for (size_t i = 0; i < LENGTH(all); i++) {
        NEED_OK(net_meshos_next_control(all[i]->handle, patience_ms(), &event));
        CHECK_INT(event.kind, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
        CHECK(near(event.level, 0.8));
    }
    actor_let_go(&one);
    actor_let_go(&two);
    for (size_t i = 0; i < LENGTH(all); i++)
        do
            NEED_OK(net_meshos_next_control(all[i]->handle, patience_ms(), &event));
        while (event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
    for (size_t i = 0; i < LENGTH(all); i++)
        ACTOR_END(all[i]);
    sdk_end(sdk);
}

CASE(backpressure_short, "backpressure: a load that was high for a moment only is told of, too") {
    for (int i = 0; i < 20; i++) {
        struct pair p;
        pair_begin(&p, "{'inbox_capacity': 100}");
        fill(&p, 85);
        actor_let_go(&p.held); /* at once */
        ACTOR_GETS(&p.listener, 1, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
        CHECK(near(p.listener.control_log[0].level, 0.85));
        POLL_UNTIL(p.listener.control_log[gauge_get(&p.listener.controls) - 1].kind ==
                   NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
        pair_end(&p);
    }
}

CASE(backpressure_capacity_1, "backpressure: an inbox of one event has marks, too") {
    struct pair p;
    pair_begin(&p, "{'inbox_capacity': 1}");
    ACTOR_GETS(&p.listener, 1, NET_MESHOS_CONTROL_BACKPRESSURE_ON);
    CHECK(near(p.listener.control_log[0].level, 1));
    expect_off(&p, 2);
    pair_end(&p);
}

CASE(backpressure_logged, "backpressure: is logged") {
    struct pair p;
    pair_begin(&p, "{'inbox_capacity': 100}");
    fill(&p, 80);
    expect_on(&p, 1, 0.8);
    CHECK(logged(p.sdk, "backpressure on"));
    actor_let_go(&p.held);
    FLUSH(p.sdk, 0);
    pair_end(&p);
}
