/* Many threads that begin together. */
#ifndef CONFORMANCE_CROWD_H
#define CONFORMANCE_CROWD_H

#include <net_meshos.h>

#include "sync.h"

/* What the threads of a case share. */
struct thread_group {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    uint64_t id;
    gauge ready, done, got_event, got_none;
    long size;
};

struct member {
    struct thread_group *group;
    unsigned number;
};

/* Starts at most 64, and joins them; each gets a struct member. */
void run_threads(struct thread_group *group, long size, void *(*work)(void *));

/* Returns when all are here. */
struct thread_group *wait_for_all(const struct member *m);

#endif
