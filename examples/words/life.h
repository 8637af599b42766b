/* The life of a registered daemon: its registration, a thread that receives its control events, its graceful
 * end. */
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

/* Registers the daemon and starts its thread. It prints a failure. The seed has 32 bytes. */
bool life_begin(struct life *life, NetMeshOsSdk *sdk, const char *name, const char *seed,
                const NetMeshOsDaemonVtable *callbacks, void *user_ctx);

/* Shuts the daemon down if it is registered, and frees it. No callback runs afterwards. */
bool life_end(struct life *life);

#endif
