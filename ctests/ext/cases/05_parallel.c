/* Different daemons run at the same time. */
#include "actor.h"
#include "check.h"
#include "fixture.h"

/* Each waits until both are inside. */
static int meet(struct actor *a, const struct call *c) {
    gauge *inside = a->context;
    (void)c;
    gauge_add(inside, 1);
    GAUGE_NEED(inside, 2);
    return 0;
}

CASE(parallel, "callbacks: of different daemons run in parallel") {
    gauge inside = {0};
    struct actor a = {.process = meet, .context = &inside}, b = {.process = meet, .context = &inside};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    POST(sdk, a.id, 1, 0, "");
    POST(sdk, b.id, 1, 0, "");
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&inside), 2);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

enum { MANY = 24 };

static int meet_all(struct actor *a, const struct call *c) {
    gauge *inside = a->context;
    (void)c;
    gauge_add(inside, 1);
    GAUGE_NEED(inside, MANY);
    return 0;
}

CASE(parallel_many, "callbacks: more daemons than processors that wait for each other all get to run") {
    static struct actor actors[MANY];
    gauge inside = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    for (unsigned i = 0; i < MANY; i++) {
        actors[i] = (struct actor){.process = meet_all, .context = &inside};
        actor_begin(&actors[i], sdk, i);
    }
    for (unsigned i = 0; i < MANY; i++)
        POST(sdk, actors[i].id, 1, 1, "");
    FLUSH(sdk, 0);
    for (unsigned i = 0; i < MANY; i++)
        ACTOR_END(&actors[i]);
    sdk_end(sdk);
}
