#include "fixture.h"

#include <string.h>

#include "child.h"
#include "lib.h"

const uint8_t fixture_payload[FIXTURE_PAYLOAD] = "sixty-four bytes, about what one reading of a sensor takes up.";
static const char name[] = "bench";

void fixture_seed(uint8_t seed[32]) {
    static uint64_t number;
    number++;
    memset(seed, 0, 32);
    memcpy(seed, &number, sizeof number);
}

NetMeshOsSdk *fixture_sdk(uint64_t tick_interval_ms, size_t event_queue_capacity) {
    NetMeshOsSdk *sdk = NULL;
    EXPECT_OK("sdk_start", lib.sdk_start(1, tick_interval_ms, event_queue_capacity, 0, 0, &sdk));
    return sdk;
}

NetMeshOsHandle *fixture_daemon(NetMeshOsSdk *sdk) {
    uint8_t seed[32];
    NetMeshOsHandle *handle = NULL;
    fixture_seed(seed);
    EXPECT_OK("register_daemon", lib.register_daemon(sdk, name, sizeof name - 1, seed, &handle));
    return handle;
}

NetMeshOsHandle *fixture_daemon_with(NetMeshOsSdk *sdk, const NetMeshOsDaemonVtable *vtable, void *user_ctx) {
    uint8_t seed[32];
    NetMeshOsHandle *handle = NULL;
    fixture_seed(seed);
    EXPECT_OK("register_daemon_with_vtable",
              lib.register_daemon_with_vtable(sdk, name, sizeof name - 1, seed, vtable, user_ctx, &handle));
    return handle;
}

static int emit_outputs(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin_hash, uint64_t sequence,
                        const uint8_t *payload, size_t payload_len) {
    (void)origin_hash;
    (void)sequence;
    struct emitter *e = user_ctx;
    e->processed++;
    for (size_t i = 0; i < e->outputs; i++)
        lib.process_emit(emit, payload, payload_len);
    return 0;
}

void fixture_emitter(NetMeshOsSdk *sdk, struct emitter *e, size_t outputs) {
    static const NetMeshOsDaemonVtable vtable = {.process = emit_outputs};
    *e = (struct emitter){.outputs = outputs};
    e->handle = fixture_daemon_with(sdk, &vtable, e);
    e->id = lib.handle_daemon_id(e->handle);
}

void fixture_take_output(void *ctx, uint64_t daemon_id, uint64_t in_origin_hash, uint64_t in_sequence,
                         uint64_t out_sequence, const uint8_t *payload, size_t payload_len) {
    (void)in_origin_hash;
    (void)in_sequence;
    (void)out_sequence;
    (void)payload;
    (void)payload_len;
    struct emitter *const *emitters = ctx;
    while (*emitters && (*emitters)->id != daemon_id)
        emitters++;
    if (*emitters)
        (*emitters)->taken++;
}
