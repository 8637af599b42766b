#include "fixture.h"

#include "child.h"
#include "lib.h"
#include "seed.h"

const uint8_t fixture_payload[FIXTURE_PAYLOAD] = "sixty-four bytes, about what one reading of a sensor takes up.";
static const char name[] = "bench";

/* A seed that has not been used in this process. */
static const uint8_t *fresh_seed(void) {
    static unsigned number;
    return seed(++number);
}

NetMeshOsSdk *fixture_sdk(uint64_t tick_interval_ms, size_t event_queue_capacity) {
    NetMeshOsSdk *sdk = NULL;
    EXPECT_OK("sdk_start", lib.sdk_start(1, tick_interval_ms, event_queue_capacity, 0, 0, &sdk));
    return sdk;
}

NetMeshOsHandle *fixture_daemon(NetMeshOsSdk *sdk) {
    NetMeshOsHandle *handle = NULL;
    EXPECT_OK("register_daemon", lib.register_daemon(sdk, name, sizeof name - 1, fresh_seed(), &handle));
    return handle;
}

NetMeshOsHandle *fixture_daemon_with(NetMeshOsSdk *sdk, const NetMeshOsDaemonVtable *vtable, void *user_ctx) {
    NetMeshOsHandle *handle = NULL;
    EXPECT_OK("register_daemon_with_vtable",
              lib.register_daemon_with_vtable(sdk, name, sizeof name - 1, fresh_seed(), vtable, user_ctx, &handle));
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
