/* An actor that processes events, registered by net_meshos_register_daemon_with_vtable with every callback. For cases
 * that test process, snapshot and restore through the extension calls. */
#ifndef CONFORMANCE_WORKER_H
#define CONFORMANCE_WORKER_H

#include "actor.h"
#include "ext.h"

/* Registers it as the n-th daemon of the SDK. Callbacks that the case has not set do nothing. */
void worker_begin(struct actor *w, NetMeshOsSdk *sdk, unsigned n);

/* An actor's outputs, collected by worker_deliver. */
struct outputs {
    size_t count;
    uint64_t next; /* the number of the output that comes next; 0: any */
    char text[4096]; /* of all, each ended by '|' */
};

/* Delivers an event with that text. Its outputs go to the list, if there is one. */
int worker_deliver(struct actor *w, const char *payload, struct outputs *outputs);

#endif
