/* Which daemons' callbacks the calling thread is inside of, so that a call made
 * from a callback does not wait for that callback. */
#ifndef MESHOS_FRAMES_H
#define MESHOS_FRAMES_H

#include <stdint.h>

#include "cells.h"
#include "emit.h"

struct frame {
    struct daemon_cell *daemon; /* NULL: a callback of no daemon */
    const struct frame *outer;
    unsigned inside; /* of the border, while the callback is outside */
};

/* The innermost callback of this thread, or NULL. */
const struct frame *frame_current(void);

/* Around each callback; leave with the frame of the enter. */
void frame_enter(struct frame *f, struct daemon_cell *d);
void frame_leave(const struct frame *f);

/* The callbacks of a daemon, called by Go; each is inside a frame while it
 * runs. A callback that the vtable lacks must not be called. */
void daemon_call_on_control(struct daemon_cell *d, int kind, uint64_t grace_period_ms, float level);

/* What snapshot emitted, in a buffer to be given back; NULL: no memory. */
struct emit_buffer *daemon_call_snapshot(struct daemon_cell *d);

int daemon_call_restore(struct daemon_cell *d, const uint8_t *state, size_t length);

/* The function of registration v2, if there is one. */
void daemon_call_destroy(struct daemon_cell *d);

/* A log function. */
void call_log(NetMeshOsLogFn fn, uintptr_t ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id,
              const char *message, size_t length);

/* health and saturation, one after the other; a missing one leaves its result
 * at what means all is well. */
void daemon_call_probe(struct daemon_cell *d, int *health, float *saturation);

#endif
