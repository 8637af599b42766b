/* Posting events until all are accepted. */
#ifndef BENCH_POST_H
#define BENCH_POST_H

#include <net_meshos_ext.h>

enum { POST_BATCH = 256 };

/* Posts one batch. If an inbox is full, it waits until the inbox is empty. */
void post_batch(NetMeshOsSdk *sdk, uint64_t daemon_id);

void post_flush(NetMeshOsSdk *sdk, uint64_t daemon_id);

#endif
