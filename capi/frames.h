/* Which callbacks the calling thread is inside of, so that a call made from a
 * callback does not wait for that callback. */
#ifndef MESHOS_FRAMES_H
#define MESHOS_FRAMES_H

#include "cells.h"

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

#endif
