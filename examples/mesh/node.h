/* A node of the mesh: an SDK whose configuration has "mesh". */
#ifndef NODE_H
#define NODE_H

#include <net_meshos_ext.h>
#include <stdbool.h>
#include <stdint.h>

/* Starts a node. The configuration names its id and the servers; while no server is there it tries again, until a
 * signal asks to stop. It prints a failure. */
bool node_start(NetMeshOsSdk **sdk, const char *config);

/* Ends it in order: what its daemons have processed is committed. */
bool node_end(NetMeshOsSdk *sdk);

/* Whether the last call has failed only because the servers, or the node that runs the daemon, are gone for now, so
 * that the same call may work later. Must be called on the same thread. */
bool node_try_again(void);

/* Waits a moment before the next try. */
void node_wait(void);

#endif
