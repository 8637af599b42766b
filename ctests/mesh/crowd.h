/* Many daemons that all get the outputs of one. */
#ifndef MESH_CROWD_H
#define MESH_CROWD_H

#include <net_meshos_ext.h>
#include <stddef.h>
#include <stdint.h>

/* Registers ledgers with the seeds from first on, and subscribes each to the producer. Returns 0, or the status of the call
 * that has failed. */
int crowd_gather(NetMeshOsSdk *sdk, uint64_t first, size_t count, uint64_t producer);

/* How many of them have all outputs of the producer up to the last one in their committed books, each once and in order. */
size_t crowd_agree(NetMeshOsSdk *sdk, uint64_t producer, uint64_t last);

/* Frees all. */
void crowd_leave(void);

#endif
