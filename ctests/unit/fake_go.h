/* A Go half that does what the C half must be able to rely on, and nothing
 * more. It answers as it is told and notes what it was asked. */
#ifndef FAKE_GO_H
#define FAKE_GO_H

#include <stdatomic.h>

#include "cells.h"
#include "errors.h"
#include "frames.h"

/* The note is of one thread's calls; only the count is of all. */
struct fake_go {
    enum meshos_error answer; /* what the next calls return */
    const char *text;         /* given with it, if not NULL */
    const char *metadata;     /* what goMetadata keeps in the cell; NULL: nothing */
    void (*during)(void);     /* called inside of each call, if not NULL */

    atomic_uint calls;
    const char *last; /* the name of the last call */
    struct sdk_cell *sdk;
    struct daemon_cell *daemon;
    const struct frame *frame;
    const void *pointers[2];
    uint64_t numbers[5];
    bool flag, rough;
};

extern struct fake_go go;

/* Forgets what was noted; answers with success from now on. */
void go_reset(void);

#endif
