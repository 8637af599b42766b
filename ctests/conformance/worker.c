#include "worker.h"

#include <string.h>

#include "check.h"
#include "fixture.h"

static struct worker *enter(void *user_ctx) {
    struct worker *w = user_ctx;
    if (atomic_fetch_add(&w->running, 1) != 0)
        atomic_store(&w->overlap, true);
    return w;
}

static void leave(struct worker *w, gauge *over) {
    atomic_fetch_sub(&w->running, 1);
    gauge_add(over, 1);
}

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    struct worker *w = enter(user_ctx);
    NetMeshOsEvent event = {origin, sequence, payload, length};
    int status = w->work ? w->work(w, emit, &event) : 0;
    leave(w, &w->processed);
    return status;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit) {
    struct worker *w = enter(user_ctx);
    if (w->save)
        w->save(w, emit);
    leave(w, &w->snapshots);
}

static int restore(void *user_ctx, const uint8_t *state, size_t length) {
    struct worker *w = enter(user_ctx);
    int status = w->load ? w->load(w, state, length) : 0;
    leave(w, &w->restores);
    return status;
}

static void on_control(void *user_ctx, int kind, uint64_t grace_period_ms, float level) {
    struct worker *w = enter(user_ctx);
    size_t n = (size_t)gauge_get(&w->controls);
    if (n < LENGTH(w->told))
        w->told[n] = (NetMeshOsDaemonControl){.kind = kind, .grace_period_ms = grace_period_ms, .level = level};
    leave(w, &w->controls);
}

static int health(void *user_ctx) {
    struct worker *w = enter(user_ctx);
    int answer = w->health_answer;
    leave(w, &w->probes);
    return answer;
}

static float saturation(void *user_ctx) {
    struct worker *w = enter(user_ctx);
    float answer = w->saturation_answer;
    leave(w, &w->probes);
    return answer;
}

void worker_begin(struct worker *w, NetMeshOsSdk *sdk, unsigned n) {
    static const NetMeshOsDaemonVtable vtable = {
        .process = process,
        .snapshot = snapshot,
        .restore = restore,
        .on_control = on_control,
        .health = health,
        .saturation = saturation,
    };
    NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "worker", 6, seed(n), &vtable, w, &w->handle));
    w->sdk = sdk;
    w->id = net_meshos_handle_daemon_id(w->handle);
}

void worker_end(struct worker *w) {
    net_meshos_handle_free(w->handle);
    CHECK(!atomic_load(&w->overlap));
}

static void take(void *context, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                 const uint8_t *payload, size_t length) {
    struct outputs *o = context;
    (void)daemon_id, (void)in_origin, (void)in_sequence;
    if (o->next != 0)
        CHECK_U64(out_sequence, o->next);
    o->next = out_sequence + 1;
    size_t used = strlen(o->text);
    NEED(used + length + 2 <= sizeof o->text);
    if (length > 0)
        memcpy(o->text + used, payload, length);
    memcpy(o->text + used + length, "|", 2);
    o->count++;
}

int worker_deliver(struct worker *w, const char *payload, struct outputs *outputs) {
    NetMeshOsEvent event = {1, 1, (const uint8_t *)payload, strlen(payload)};
    return net_meshos_ext_deliver(w->sdk, w->id, &event, outputs ? take : NULL, outputs);
}
