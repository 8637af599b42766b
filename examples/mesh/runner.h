/* A process that runs one daemon, until a signal asks to stop. */
#ifndef RUNNER_H
#define RUNNER_H

#include <net_meshos_ext.h>

/* They return the status of the process. The splitter's outputs go to the daemon `to`, wherever that runs. */
int run_counter(NetMeshOsSdk *sdk);
int run_splitter(NetMeshOsSdk *sdk, uint64_t to);

#endif
