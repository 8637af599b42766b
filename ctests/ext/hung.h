/* A daemon whose callback hangs until it is let go. */
#ifndef EXT_HUNG_H
#define EXT_HUNG_H

#include "actor.h"
#include "sync.h"

struct hung {
    struct actor actor;
    gauge inside, let_go;
    int kind; /* 0: process, 1: on_control, 2: health, 3: saturation, 4: the output function */
};

/* Registers it as daemon n, and returns when that callback hangs. */
void hung_begin(struct hung *h, NetMeshOsSdk *sdk, unsigned n, int kind);

/* Its process for daemons that are begun otherwise. */
int hang_in_process(struct actor *a, const struct call *c);

void let_go(struct hung *h);

/* Frees the handle of one on a thread; adds to over when that is done. */
struct freeing {
    struct hung *hung;
    gauge over;
};
void *free_it(void *freeing);

#endif
