/* The life of a registered daemon: from its registration, over a thread that follows its control events, to its
 * graceful end. */
#ifndef LIFE_H
#define LIFE_H

#include <net_meshos_ext.h>
#include <pthread.h>
#include <stdbool.h>

struct life {
    const char *name;
    NetMeshOsHandle *handle; /* NULL: not registered */
    uint64_t id;
    pthread_t controls;
};

/* Registers the daemon and starts its thread. A failure has been said. The seed has 32 bytes. */
bool life_begin(struct life *life, NetMeshOsSdk *sdk, const char *name, const char *seed,
                const NetMeshOsDaemonVtable *callbacks, void *user_ctx);

/* Shuts the daemon down, if it lives, and frees it: no callback runs any more. */
bool life_end(struct life *life);

#endif
