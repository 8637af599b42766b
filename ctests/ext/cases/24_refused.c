/* Posts that race with what ends the acceptance of events. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "json/json.h"

enum { POSTERS = 3 };

struct posters {
    NetMeshOsSdk *sdk;
    uint64_t id;
    atomic_bool refused; /* the call that has events refused has returned */
    _Atomic uint64_t accepted, late, origins;
    atomic_uint wrong; /* refusals of another kind */
    gauge going;       /* posters that have posted often */
};

static bool is_refusal(int status) {
    const char *kind = net_meshos_last_error_kind();
    return status == NET_MESHOS_ERR_CALL_FAILED && kind && (strcmp(kind, stopped) == 0 || strcmp(kind, draining) == 0);
}

static void *post_until_refused(void *context) {
    struct posters *p = context;
    const uint64_t origin = atomic_fetch_add(&p->origins, 1);
    for (uint64_t i = 0;; i++) {
        NetMeshOsEvent e = event(origin, i, "x");
        size_t accepted = 0;
        bool late = atomic_load(&p->refused); /* before the call */
        int status = net_meshos_ext_post(p->sdk, p->id, &e, 1, &accepted);
        atomic_fetch_add(&p->accepted, accepted);
        if (i == 200)
            gauge_add(&p->going, 1);
        if (late) {
            atomic_fetch_add(&p->late, accepted);
            if (!is_refusal(status))
                atomic_fetch_add(&p->wrong, 1);
            return NULL;
        }
    }
}

static void stop(const struct actor *a) {
    EXPECT_OK(net_meshos_ext_stop_daemon(a->sdk, a->id, 1));
}

static void maintain(const struct actor *a) {
    EXPECT_OK(net_meshos_ext_enter_maintenance(a->sdk, 60000));
}

/* Events that are processed, or wait. */
static uint64_t kept(NetMeshOsSdk *sdk, uint64_t id) {
    struct json_object *d = look_at(sdk, id);
    return json_u64(d, "events_in") + json_u64(d, "inbox_depth");
}

/* Each event that was accepted is processed or discarded. */
static void race(unsigned n, void (*refuse)(const struct actor *)) {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 512}");
    actor_begin(&a, sdk, n);
    struct posters p = {.sdk = sdk, .id = a.id};
    pthread_t threads[POSTERS];
    for (size_t i = 0; i < POSTERS; i++)
        threads[i] = thread_start(post_until_refused, &p);
    GAUGE_NEED(&p.going, 1);
    refuse(&a);
    atomic_store(&p.refused, true);
    for (size_t i = 0; i < POSTERS; i++)
        THREAD_JOIN(threads[i]);
    CHECK_U64(p.late, 0);
    CHECK_U64(p.wrong, 0);
    const bool keeps = in_durable_mesh() && refuse == stop; /* a daemon that is stopped keeps its events there */
    if (keeps)
        POLL_UNTIL(kept(sdk, a.id) == p.accepted);
    else
        FLUSH(sdk, a.id);
    struct json_object *d = look_at(sdk, a.id);
    if (!keeps)
        CHECK_U64(json_u64(d, "events_in") + json_u64(d, "discarded"), p.accepted);
    CHECK_U64((uint64_t)gauge_get(&a.processed), json_u64(d, "events_in"));
    if (keeps) {
        CHECK_U64(json_u64(d, "discarded"), 0);
        EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
        FLUSH(sdk, a.id);
        CHECK_U64((uint64_t)gauge_get(&a.processed), p.accepted);
    }
    CHECK_U64(json_u64(look(sdk), "queues.events_waiting"), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(refused_after_stop, "posts: none is accepted once stop_daemon has returned, and all accepted ones are accounted for") {
    for (unsigned round = 1; round <= many(20); round++)
        race(round, stop);
}

CASE(refused_in_maintenance, "posts: none is accepted once enter_maintenance has returned, and all accepted ones are processed") {
    for (unsigned round = 1; round <= many(20); round++)
        race(round, maintain);
}
