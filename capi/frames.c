#include "frames.h"

/* Static TLS, as in errors.c: one word, read by every call that may wait. */
static _Thread_local const struct frame *innermost __attribute__((tls_model("initial-exec")));

const struct frame *frame_current(void) {
    return innermost;
}

static void enter(struct frame *f, struct daemon_cell *d) {
    f->daemon = d;
    f->outer = innermost;
    innermost = f;
}

static void leave(const struct frame *f) {
    innermost = f->outer;
}

void daemon_call_on_control(struct daemon_cell *d, int kind, uint64_t grace_period_ms, float level) {
    struct frame f;
    enter(&f, d);
    d->vtable.on_control(d->user_ctx, kind, grace_period_ms, level);
    leave(&f);
}

void daemon_call_probe(struct daemon_cell *d, int *health, float *saturation) {
    *health = NET_MESHOS_HEALTH_HEALTHY;
    *saturation = 0;
    struct frame f;
    enter(&f, d);
    if (d->vtable.health)
        *health = d->vtable.health(d->user_ctx);
    if (d->vtable.saturation)
        *saturation = d->vtable.saturation(d->user_ctx);
    leave(&f);
}
