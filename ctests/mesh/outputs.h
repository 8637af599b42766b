/* What a node's output function has seen: whether the numbers of each daemon's outputs follow each other. */
#ifndef MESH_OUTPUTS_H
#define MESH_OUTPUTS_H

#include <stddef.h>
#include <stdint.h>

struct outputs_seen {
    uint64_t total, missed, repeated;
};

/* A NetMeshOsOutputFn. The context is not used. */
void outputs_see(void *context, uint64_t id, uint64_t origin, uint64_t event, uint64_t sequence, const uint8_t *payload,
                 size_t length);

/* The figures of all daemons, on any thread. */
struct outputs_seen outputs_seen(void);

#endif
