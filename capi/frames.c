#include "frames.h"

#include "border.h"

/* Static TLS, as in errors.c: one word, read by every call that may wait. */
static _Thread_local const struct frame *innermost __attribute__((tls_model("initial-exec")));

const struct frame *frame_current(void) {
    return innermost;
}

void frame_enter(struct frame *f, struct daemon_cell *d) {
    f->daemon = d;
    f->outer = innermost;
    innermost = f;
    f->inside = border_suspend();
}

void frame_leave(const struct frame *f) {
    border_resume(f->inside);
    innermost = f->outer;
}
