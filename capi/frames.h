/* Which daemons' callbacks the calling thread is inside of, so that a call made
 * from a callback does not wait for that callback. */
#ifndef MESHOS_FRAMES_H
#define MESHOS_FRAMES_H

#include <stdint.h>

#include "cells.h"

struct frame {
    struct daemon_cell *daemon;
    const struct frame *outer;
};

/* The innermost callback of this thread, or NULL. */
const struct frame *frame_current(void);

/* The callbacks of a daemon, called by Go; each is inside a frame while it
 * runs. A callback that the vtable lacks must not be called. */
void daemon_call_on_control(struct daemon_cell *d, int kind, uint64_t grace_period_ms, float level);

/* health and saturation, one after the other; a missing one leaves its result
 * at what means all is well. */
void daemon_call_probe(struct daemon_cell *d, int *health, float *saturation);

#endif
