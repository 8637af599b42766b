/* SDKs and daemons for cases. A failure ends the case. */
#ifndef BENCH_FIXTURE_H
#define BENCH_FIXTURE_H

#include <net_meshos_ext.h>

/* All defaults where the numbers are 0. */
NetMeshOsSdk *fixture_sdk(uint64_t tick_interval_ms, size_t event_queue_capacity);

/* Without callbacks. */
NetMeshOsHandle *fixture_daemon(NetMeshOsSdk *sdk);

NetMeshOsHandle *fixture_daemon_with(NetMeshOsSdk *sdk, const NetMeshOsDaemonVtable *vtable, void *user_ctx);

/* A daemon whose process callback emits this many outputs of 64 bytes. Its
 * counters need no lock, because callbacks of one daemon never overlap. */
struct emitter {
    _Alignas(64) uint64_t processed; /* on a cache line of its own */
    uint64_t taken; /* by fixture_take_output */
    size_t outputs;
    uint64_t id;
    NetMeshOsHandle *handle;
};

enum { FIXTURE_PAYLOAD = 64 };
extern const uint8_t fixture_payload[FIXTURE_PAYLOAD];

void fixture_emitter(NetMeshOsSdk *sdk, struct emitter *e, size_t outputs);

/* An output function. ctx: the emitters, ended by NULL. */
void fixture_take_output(void *ctx, uint64_t daemon_id, uint64_t in_origin_hash, uint64_t in_sequence,
                         uint64_t out_sequence, const uint8_t *payload, size_t payload_len);

#endif
