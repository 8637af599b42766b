/* destroy runs exactly once, after the last callback and before the call returns that ends the daemon. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

static void ignore_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)a, (void)event;
}

#define NOT_DESTROYED(a) CHECK_INT(gauge_get(&(a)->destroys), 0)
#define DESTROYED(a) CHECK_INT(gauge_get(&(a)->destroys), 1)

CASE(destroy_by_handle_free, "destroy: by handle_free") {
    struct actor a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    post_many(sdk, a.id, 0, 1000);
    NOT_DESTROYED(&a);
    net_meshos_handle_free(a.handle);
    DESTROYED(&a);
    net_meshos_handle_free(a.handle);
    sdk_end(sdk);
    ACTOR_CHECK(&a);
}

CASE(destroy_by_graceful_shutdown, "destroy: by graceful_shutdown, after on_control has been told") {
    struct actor a = {.control = ignore_control};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, 20));
    DESTROYED(&a);
    CHECK_INT(gauge_get(&a.controls), 1);
    ACTOR_END(&a);
    sdk_end(sdk);
    ACTOR_CHECK(&a);
}

CASE(destroy_by_sdk_shutdown, "destroy: by sdk_shutdown") {
    static struct actor actors[20];
    NetMeshOsSdk *sdk = sdk_new("{}");
    for (unsigned i = 0; i < LENGTH(actors); i++) {
        actor_begin(&actors[i], sdk, i);
        post_many(sdk, actors[i].id, 0, 100);
    }
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    for (unsigned i = 0; i < LENGTH(actors); i++)
        DESTROYED(&actors[i]);
    net_meshos_sdk_free(sdk);
    for (unsigned i = 0; i < LENGTH(actors); i++) {
        if (i % 2 == 0)
            EXPECT_OK(net_meshos_graceful_shutdown(actors[i].handle, 1));
        ACTOR_END(&actors[i]);
    }
}

CASE(destroy_by_sdk_free, "destroy: by sdk_free alone") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    post_many(sdk, a.id, 0, 100);
    net_meshos_sdk_free(sdk);
    DESTROYED(&a);
    ACTOR_END(&a);
}

CASE(destroy_not_by_stopping, "destroy: not by stop_daemon, crash loops or maintenance") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1));
    NEED_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    NOT_DESTROYED(&a);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(destroy_none, "destroy: NULL is no function") {
    struct actor a = {.no_destroy = true}, b = {.no_destroy = true};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    ACTOR_END(&a);
    sdk_end(sdk);
    ACTOR_END(&b);
}

/* ---- From inside callbacks ---- */

static void do_in_process(struct actor *a) {
    switch (*(int *)a->context) {
    case 0: net_meshos_handle_free(a->handle); break;
    case 1: EXPECT_OK(net_meshos_graceful_shutdown(a->handle, 1)); break;
    case 2: EXPECT_OK(net_meshos_sdk_shutdown(a->sdk)); break;
    case 3: net_meshos_sdk_free(a->sdk); break;
    }
}

static int end_in_process(struct actor *a, const struct call *c) {
    (void)c;
    do_in_process(a);
    NOT_DESTROYED(a);
    return 0;
}

static void end_in_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    if (event->kind == NET_MESHOS_CONTROL_DRAIN_START) {
        do_in_process(a);
        NOT_DESTROYED(a);
    }
}

static void end_from_inside(int how, bool posted, bool in_control) {
    struct actor a = {.context = &how}, other = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    if (in_control)
        a.control = end_in_control;
    else
        a.process = end_in_process;
    actor_begin(&a, sdk, 1);
    actor_begin(&other, sdk, 2);
    if (in_control)
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    else if (posted)
        POST(sdk, a.id, 1, 0, "");
    else
        EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    GAUGE_NEED(&a.destroys, 1);
    if (how != 0)
        net_meshos_handle_free(a.handle);
    ACTOR_CHECK(&a);
    if (how < 2)
        EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    if (how < 3)
        net_meshos_sdk_free(sdk);
    GAUGE_NEED(&other.destroys, 1);
    ACTOR_END(&other);
}

CASE(destroy_from_inside, "destroy: once, after the callback that has ended the daemon or the SDK from inside") {
    for (int how = 0; how < 4; how++)
        for (int where = 0; where < 3; where++) {
            char row[64];
            snprintf(row, sizeof row, "how %d, where %d", how, where);
            check_row("%s", row);
            end_from_inside(how, where == 1, where == 2);
        }
}

static void free_own_handle(struct actor *a) {
    char *text = net_meshos_ext_runtime_json(a->sdk);
    net_meshos_free_string(text);
    net_meshos_handle_free(a->handle); /* does nothing more than close the handle */
    *(int *)a->context += 1;
}

CASE(destroy_makes_calls, "destroy: may make calls, and free the daemon's own handle") {
    int destroyed = 0;
    struct actor a = {.destroyed = free_own_handle, .context = &destroyed};
    NetMeshOsSdk *sdk = sdk_new("{}");
    for (int i = 0; i < 2; i++) {
        gauge_add(&a.destroys, -gauge_get(&a.destroys));
        atomic_store(&a.calls.over, false);
        actor_begin(&a, sdk, 1);
        if (i == 0)
            EXPECT_OK(net_meshos_graceful_shutdown(a.handle, 1));
        else
            net_meshos_handle_free(a.handle);
        CHECK_INT(destroyed, i + 1);
        DESTROYED(&a);
        EXPECT(net_meshos_ext_daemon_done(a.handle), -1, invalid_handle);
    }
    actor_begin(&a, sdk, 1);
    sdk_end(sdk);
    CHECK_INT(destroyed, 3);
}

/* ---- Races ---- */

struct race {
    struct actor *actor;
    gauge *start;
    int how;
};

static void *end_in_race(void *context) {
    struct race *r = context;
    struct actor *a = r->actor;
    GAUGE_NEED(r->start, 1);
    switch (r->how) {
    case 0: net_meshos_handle_free(a->handle); break;
    case 1: net_meshos_graceful_shutdown(a->handle, 1); break;
    case 2: net_meshos_sdk_shutdown(a->sdk); break;
    case 3: net_meshos_sdk_free(a->sdk); break;
    case 4: net_meshos_ext_stop_daemon(a->sdk, a->id, 1); break;
    case 5: net_meshos_ext_restart_daemon(a->sdk, a->id); break;
    case 6: deliver(a->sdk, a->id, 1, 0, ""); break;
    case 7: post(a->sdk, a->id, 1, 0, ""); break;
    }
    return NULL;
}

CASE(destroy_races, "destroy: once, whoever wins of all who end the daemon at the same time") {
    enum { ROUNDS = 150, RACERS = 8 };
    static struct actor actors[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct actor *a = &actors[round];
        struct race races[RACERS];
        pthread_t threads[RACERS];
        gauge start = {0};
        NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 1}");
        a->control = ignore_control;
        actor_begin(a, sdk, 1);
        for (int i = 0; i < RACERS; i++) {
            races[i] = (struct race){a, &start, i};
            threads[i] = thread_start(end_in_race, &races[i]);
        }
        gauge_add(&start, 1);
        for (int i = 0; i < RACERS; i++)
            THREAD_JOIN(threads[i]);
        ACTOR_CHECK(a);
    }
}

/* ---- In a cycle ---- */

struct pair {
    struct actor *waits, *frees;
};

static int deliver_to_the_other(struct actor *a, const struct call *c) {
    const struct pair *p = a->context;
    EXPECT_OK(deliver(a->sdk, p->frees->id, 1, c->sequence, ""));
    NOT_DESTROYED(a);
    return 0;
}

static int free_the_one_that_waits(struct actor *a, const struct call *c) {
    const struct pair *p = a->context;
    (void)c;
    net_meshos_handle_free(p->waits->handle);
    NOT_DESTROYED(p->waits);
    return 0;
}

CASE(destroy_in_a_cycle, "destroy: a daemon freed by a callback that its own callback waits for") {
    struct pair p;
    struct actor waits = {.process = deliver_to_the_other, .context = &p};
    struct actor frees = {.process = free_the_one_that_waits, .context = &p};
    p = (struct pair){&waits, &frees};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&waits, sdk, 1);
    actor_begin(&frees, sdk, 2);
    EXPECT_OK(deliver(sdk, waits.id, 1, 1, ""));
    DESTROYED(&waits);
    ACTOR_END(&frees);
    sdk_end(sdk);
    ACTOR_CHECK(&waits);
}
