/* Nodes of a mesh in test programs. MESHOS_TEST_SERVER names its server; without it there is none. */
#ifndef HARNESS_MESH_H
#define HARNESS_MESH_H

#include <stdbool.h>

/* Whether SDKs are nodes of a mesh; and whether events are durable there, as MESHOS_TEST_EVENTS says if it is set. */
bool in_mesh(void);
bool in_durable_mesh(void);

/* The SDK that net_meshos_sdk_start starts between the two is the one node of a mesh, by the file of NET_MESHOS_CONFIG. Other
 * threads wait meanwhile. */
void mesh_join(void);
void mesh_joined(void);

#endif
