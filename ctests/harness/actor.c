#include "actor.h"

#include "check.h"
#include "seed.h"

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    struct actor *a = user_ctx;
    call_watch_enter(&a->calls);
    if (atomic_load(&a->hold)) {
        gauge_add(&a->inside, 1);
        GAUGE_NEED(&a->let_go, gauge_get(&a->inside));
    }
    struct call call = {emit, origin, sequence, payload, length};
    a->last_origin = origin;
    a->last_sequence = sequence;
    a->thread = pthread_self();
    int status = a->process ? a->process(a, &call) : 0;
    call_watch_leave(&a->calls);
    gauge_add(&a->processed, 1);
    return status;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit) {
    struct actor *a = user_ctx;
    call_watch_enter(&a->calls);
    a->thread = pthread_self();
    a->snapshot(a, emit);
    call_watch_leave(&a->calls);
    gauge_add(&a->snapshots, 1);
}

static int restore(void *user_ctx, const uint8_t *state, size_t length) {
    struct actor *a = user_ctx;
    call_watch_enter(&a->calls);
    a->thread = pthread_self();
    int status = a->restore(a, state, length);
    call_watch_leave(&a->calls);
    gauge_add(&a->restores, 1);
    return status;
}

static void on_control(void *user_ctx, int kind, uint64_t grace_period_ms, float level) {
    struct actor *a = user_ctx;
    call_watch_enter(&a->calls);
    NetMeshOsDaemonControl event = {.kind = kind, .grace_period_ms = grace_period_ms, .level = level};
    long n = gauge_get(&a->controls);
    if (n < ACTOR_CONTROLS)
        a->control_log[n] = event;
    gauge_add(&a->controls, 1);
    a->control(a, &event);
    call_watch_leave(&a->calls);
}

static int health(void *user_ctx) {
    struct actor *a = user_ctx;
    call_watch_enter(&a->calls);
    int health = a->health(a);
    call_watch_leave(&a->calls);
    gauge_add(&a->probes, 1);
    return health;
}

static float saturation(void *user_ctx) {
    struct actor *a = user_ctx;
    call_watch_enter(&a->calls);
    float saturation = a->saturation(a);
    call_watch_leave(&a->calls);
    if (!a->health)
        gauge_add(&a->probes, 1);
    return saturation;
}

void actor_destroy(void *actor) {
    struct actor *a = actor;
    if (atomic_load(&a->calls.running) != 0)
        atomic_store(&a->calls.overlap, true);
    atomic_store(&a->calls.over, true);
    if (a->destroyed)
        a->destroyed(a);
    gauge_add(&a->destroys, 1);
}

NetMeshOsDaemonVtable actor_vtable(const struct actor *a) {
    return (NetMeshOsDaemonVtable){
        .process = process,
        .snapshot = a->snapshot ? snapshot : NULL,
        .restore = a->restore ? restore : NULL,
        .on_control = a->control ? on_control : NULL,
        .health = a->health ? health : NULL,
        .saturation = a->saturation ? saturation : NULL,
    };
}

int actor_register(struct actor *a, NetMeshOsSdk *sdk, unsigned n) {
    static const char name[] = "actor";
    NetMeshOsDaemonVtable vtable = actor_vtable(a);
    a->sdk = sdk;
    a->handle = NULL;
    int status = a->plain ? net_meshos_register_daemon_with_vtable(sdk, name, sizeof name - 1, seed(n), &vtable, a,
                                                                   &a->handle)
                          : net_meshos_register_daemon_with_vtable_v2(sdk, name, sizeof name - 1, seed(n), &vtable, a,
                                                                      a->no_destroy ? NULL : actor_destroy, &a->handle);
    if (status == NET_MESHOS_OK)
        a->id = net_meshos_handle_daemon_id(a->handle);
    return status;
}

void actor_begin(struct actor *a, NetMeshOsSdk *sdk, unsigned n) {
    NEED_OK(actor_register(a, sdk, n));
}

void actor_hold(struct actor *a) {
    long before = gauge_get(&a->inside);
    atomic_store(&a->hold, true);
    const NetMeshOsEvent event = {0, 0, NULL, 0};
    NEED_OK(net_meshos_ext_post(a->sdk, a->id, &event, 1, NULL));
    GAUGE_NEED(&a->inside, before + 1);
}

void actor_let_go(struct actor *a) {
    atomic_store(&a->hold, false);
    gauge_add(&a->let_go, 1);
}

const NetMeshOsDaemonControl *actor_gets(const char *file, int line, struct actor *a, long n, int kind) {
    gauge_need(file, line, "control events", &a->controls, n, patience_ms());
    const NetMeshOsDaemonControl *event = &a->control_log[n - 1];
    if (event->kind != kind)
        check_failed(file, line, "control event %ld is of kind %d, expected %d", n, event->kind, kind);
    return event;
}

void actor_check(const char *file, int line, struct actor *a) {
    check_calls(file, line, &a->calls);
    if (!a->no_destroy && !a->plain)
        check_int(file, line, "calls of destroy", gauge_get(&a->destroys), 1);
}

void actor_end(const char *file, int line, struct actor *a) {
    net_meshos_handle_free(a->handle);
    actor_check(file, line, a);
}
