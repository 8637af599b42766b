#include "probe.h"

#include <stdio.h>

#include "check.h"

static void enter(struct probe *p) {
    call_watch_enter(&p->calls);
    p->thread = pthread_self();
}

static void leave(struct probe *p) {
    call_watch_leave(&p->calls);
    gauge_add(&p->finished, 1);
}

/* No call of net_meshos.h causes an event, so these three are never called. */
static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)user_ctx, (void)emit_ctx, (void)origin_hash, (void)sequence, (void)payload, (void)length;
    FAIL("process was called, but nobody posted an event");
    return 0;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit_ctx) {
    (void)emit_ctx;
    struct probe *p = user_ctx;
    enter(p);
    leave(p);
}

static int restore(void *user_ctx, const uint8_t *payload, size_t length) {
    (void)user_ctx, (void)payload, (void)length;
    FAIL("restore was called, but there is nothing to restore");
    return 0;
}

static void on_control(void *user_ctx, int kind, uint64_t grace_period_ms, float level) {
    struct probe *p = user_ctx;
    enter(p);
    p->last.kind = kind;
    p->last.grace_period_ms = grace_period_ms;
    p->last.level = level;
    gauge_add(&p->controls, 1);
    if (p->in_control)
        p->in_control(p);
    leave(p);
}

static int health(void *user_ctx) {
    struct probe *p = user_ctx;
    enter(p);
    gauge_add(&p->health, 1);
    if (atomic_exchange(&p->hold, false)) {
        gauge_add(&p->inside, 1);
        GAUGE_NEED(&p->let_go, 1);
        gauge_add(&p->let_go, -1);
    }
    if (p->in_health)
        p->in_health(p);
    int answer = p->health_answer;
    leave(p);
    return answer;
}

static float saturation(void *user_ctx) {
    struct probe *p = user_ctx;
    enter(p);
    gauge_add(&p->saturation, 1);
    float answer = p->saturation_answer;
    leave(p);
    return answer;
}

/* It stays: whether the library copies it is the matter of one case, inputs.vtable. */
static const NetMeshOsDaemonVtable all_callbacks = {
    .process = process,
    .snapshot = snapshot,
    .restore = restore,
    .on_control = on_control,
    .health = health,
    .saturation = saturation,
};

NetMeshOsDaemonVtable probe_vtable(void) {
    return all_callbacks;
}

NetMeshOsHandle *probe_register(struct probe *p, NetMeshOsSdk *sdk, unsigned n) {
    NetMeshOsHandle *handle = NULL;
    char name[32];
    int length = snprintf(name, sizeof name, "probe-%u", n);
    NEED_OK(net_meshos_register_daemon_with_vtable(sdk, name, (size_t)length, seed(n), &all_callbacks, p, &handle));
    NEED(handle != NULL);
    p->handle = handle;
    return handle;
}

void probe_lives(struct probe *p, long ticks) {
    gauge_reaches(&p->health, gauge_get(&p->health) + ticks, 1000);
}

void probe_hold(struct probe *p) {
    long inside = gauge_get(&p->inside);
    atomic_store(&p->hold, true);
    GAUGE_NEED_WITHIN(&p->inside, inside + 1, ticks_ms(1));
}

void probe_let_go(struct probe *p) {
    gauge_add(&p->let_go, 1);
}
