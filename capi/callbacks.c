#include "callbacks.h"
#include "frames.h"

void daemon_call_on_control(struct daemon_cell *d, const NetMeshOsDaemonControl *event) {
    struct frame f;
    frame_enter(&f, d);
    d->vtable.on_control(d->user_ctx, event->kind, event->grace_period_ms, event->level);
    frame_leave(&f);
}

void daemon_call_probe(struct daemon_cell *d, int *health, float *saturation) {
    *health = NET_MESHOS_HEALTH_HEALTHY;
    *saturation = 0;
    struct frame f;
    frame_enter(&f, d);
    if (d->vtable.health)
        *health = d->vtable.health(d->user_ctx);
    if (d->vtable.saturation)
        *saturation = d->vtable.saturation(d->user_ctx);
    frame_leave(&f);
}

enum snapshot_result daemon_call_snapshot(struct daemon_cell *d, struct emit_buffer **state) {
    struct emit_buffer *b = emit_borrow();
    if (!b)
        return SNAPSHOT_NO_MEMORY;
    uintptr_t context = emit_open(b, EMIT_SNAPSHOT);
    struct frame f;
    frame_enter(&f, d);
    d->vtable.snapshot(d->user_ctx, (NetMeshOsSnapshotEmitCtx *)context);
    frame_leave(&f);
    emit_close(b);
    enum snapshot_result result = b->lost ? SNAPSHOT_NO_MEMORY : b->count > 0 ? SNAPSHOT_TAKEN : SNAPSHOT_NONE;
    if (result == SNAPSHOT_TAKEN)
        *state = b;
    else
        emit_give_back(b);
    return result;
}

int daemon_call_restore(struct daemon_cell *d, const uint8_t *state, size_t length) {
    struct frame f;
    frame_enter(&f, d);
    int status = d->vtable.restore(d->user_ctx, length > 0 ? state : NULL, length);
    frame_leave(&f);
    return status;
}

void daemon_call_destroy(struct daemon_cell *d) {
    if (!d->destroy)
        return;
    struct frame f;
    frame_enter(&f, d);
    d->destroy(d->user_ctx);
    frame_leave(&f);
}

void call_log(NetMeshOsLogFn fn, uintptr_t ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id,
              const char *message, size_t length) {
    struct frame f;
    frame_enter(&f, NULL);
    fn((void *)ctx, seq, unix_ms, level, daemon_id, length > 0 ? message : "", length); /* Go has no address for "" */
    frame_leave(&f);
}
