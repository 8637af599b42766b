/* Posting numbered events. */
#ifndef MESH_POSTS_H
#define MESH_POSTS_H

#include <net_meshos_ext.h>
#include <stdint.h>

struct posting {
    uint64_t daemon, origin, first, count; /* the events have the sequences from first on, and these as payloads */
    uint64_t batch;                        /* in one call */
    uint64_t pad;                          /* bytes that a payload has besides */
    uint64_t wait_ms;                      /* how long a call waits for room; 0: not at all */
};

/* Returns 0 or the status of the call that has failed. done: how many were accepted. */
int post_all(NetMeshOsSdk *sdk, const struct posting *p, uint64_t *done);

#endif
