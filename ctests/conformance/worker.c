#include "worker.h"

#include <string.h>

#include "check.h"

static void save_nothing(struct actor *w, NetMeshOsSnapshotEmitCtx *emit) {
    (void)w, (void)emit;
}

static int load_anything(struct actor *w, const uint8_t *state, size_t length) {
    (void)w, (void)state, (void)length;
    return 0;
}

static void ignore_control(struct actor *w, const NetMeshOsDaemonControl *event) {
    (void)w, (void)event;
}

static int be_healthy(struct actor *w) {
    (void)w;
    return NET_MESHOS_HEALTH_HEALTHY;
}

static float be_idle(struct actor *w) {
    (void)w;
    return 0;
}

void worker_begin(struct actor *w, NetMeshOsSdk *sdk, unsigned n) {
    w->plain = true;
    if (!w->snapshot)
        w->snapshot = save_nothing;
    if (!w->restore)
        w->restore = load_anything;
    if (!w->control)
        w->control = ignore_control;
    if (!w->health)
        w->health = be_healthy;
    if (!w->saturation)
        w->saturation = be_idle;
    actor_begin(w, sdk, n);
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

int worker_deliver(struct actor *w, const char *payload, struct outputs *outputs) {
    NetMeshOsEvent event = {1, 0, (const uint8_t *)payload, strlen(payload)};
    return net_meshos_ext_deliver(w->sdk, w->id, &event, outputs ? take : NULL, outputs);
}
