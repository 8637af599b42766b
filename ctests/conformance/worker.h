/* A daemon that is given events: it writes down what its callbacks get. For cases that reach process, snapshot
 * and restore through the extension calls. */
#ifndef CONFORMANCE_WORKER_H
#define CONFORMANCE_WORKER_H

#include <net_meshos.h>
#include <stdatomic.h>

#include "ext.h"
#include "sync.h"

struct worker {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    uint64_t id;

    /* What process does with an event, if there: it returns the status. */
    int (*work)(struct worker *, NetMeshOsProcessEmitCtx *, const NetMeshOsEvent *);
    void (*save)(struct worker *, NetMeshOsSnapshotEmitCtx *);
    int (*load)(struct worker *, const uint8_t *state, size_t length);
    void *context;
    int health_answer; /* what health says; see worker_answers */
    float saturation_answer;

    gauge processed, snapshots, restores, probes; /* calls that are over */
    gauge controls;
    NetMeshOsDaemonControl told[16]; /* what on_control got; the first so many */

    atomic_int running;
    atomic_bool overlap;
};

/* Registers it as the n-th daemon of the SDK, by net_meshos_register_daemon_with_vtable. */
void worker_begin(struct worker *w, NetMeshOsSdk *sdk, unsigned n);

/* Frees it; fails the case if callbacks overlapped. */
void worker_end(struct worker *w);

/* Delivers an event with that text; its outputs go to the list. */
struct outputs {
    size_t count;
    uint64_t next; /* the number of the output that comes next; 0: any */
    char text[4096]; /* of all, each ended by '|' */
};
int worker_deliver(struct worker *w, const char *payload, struct outputs *outputs);

#endif
