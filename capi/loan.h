/* The token of an idle daemon, lent to C: a deliver takes it, runs process on the
 * caller's thread, and puts it back, without a way into Go.
 *
 * Go lends it after a deliver, to a daemon that has nothing else to do and whose
 * outputs go to nobody but who delivers. It takes it back before it looks at
 * anything that the token guards. Then a deliver that has it goes into Go when the
 * event is processed; so does one whose event failed, took long, or is the one of
 * many that is timed exactly. */
#ifndef MESHOS_LOAN_H
#define MESHOS_LOAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "errors.h"

struct daemon_cell;

enum {
    LOAN_NONE = 0,   /* Go has the token */
    LOAN_IDLE = 1,   /* lent, and nobody has it */
    LOAN_WANTED = 1, /* beside the run of the deliver that has it: Go wants it back */
};

struct loan {
    _Atomic uintptr_t token; /* one of the above, or the run of the deliver that has it */
    /* What follows belongs to whoever has the token. Go looks at the first two while
     * a deliver has it. */
    _Atomic uint64_t events, outputs; /* since it was lent, and not yet settled by Go */
    uint64_t first;                   /* the number of the next output when it was lent */
    uint32_t untimed;                 /* so many more delivers need not be timed exactly */
};

/* Delivers an event with a lent token. False: there is none, or something about
 * the event is for Go to say; nothing has been done then. */
bool loan_deliver(uintptr_t sdk, uint64_t daemon_id, const NetMeshOsEvent *event, NetMeshOsOutputFn output_fn,
                  void *ctx, enum meshos_error *error);

#endif
