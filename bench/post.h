/* Posting events until all are in. */
#ifndef BENCH_POST_H
#define BENCH_POST_H

#include <net_meshos_ext.h>

enum { POST_BATCH = 256 };

/* Posts one batch. Where an inbox is full it waits until that is empty. */
void post_batch(NetMeshOsSdk *sdk, uint64_t daemon_id);

void post_flush(NetMeshOsSdk *sdk, uint64_t daemon_id);

#endif
