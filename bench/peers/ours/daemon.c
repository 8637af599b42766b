#include "daemon.h"

#include <string.h>

#include "case.h"

NetMeshOsSdk *start(const char *config) {
    NetMeshOsSdk *sdk;
    ok("ext_sdk_start", lib.ext_sdk_start(config, config ? strlen(config) : 0, &sdk));
    return sdk;
}

void stop(NetMeshOsSdk *sdk) {
    ok("sdk_shutdown", lib.sdk_shutdown(sdk));
    lib.sdk_free(sdk);
}

NetMeshOsHandle *enlist(NetMeshOsSdk *sdk, size_t number,
                        int (*process)(void *, NetMeshOsProcessEmitCtx *, uint64_t, uint64_t, const uint8_t *, size_t),
                        void *context) {
    const NetMeshOsDaemonVtable table = {.process = process};
    uint8_t seed[32] = "peers";
    NetMeshOsHandle *handle;
    memcpy(seed + 8, &number, sizeof number);
    ok("register_daemon_with_vtable",
       lib.register_daemon_with_vtable(sdk, "daemon", 6, seed, &table, context, &handle));
    return handle;
}

static int count(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                 const uint8_t *payload, size_t length) {
    (void)emit, (void)origin, (void)sequence;
    struct daemon *daemon = context;
    uint64_t number;
    if (length < sizeof number)
        return 1;
    memcpy(&number, payload, sizeof number);
    daemon->events++;
    daemon->sum += number;
    return 0;
}

static int count_and_relay(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                           const uint8_t *payload, size_t length) {
    lib.process_emit(emit, payload, length);
    return count(context, emit, origin, sequence, payload, length);
}

void enlist_counter(NetMeshOsSdk *sdk, size_t number, bool relays, struct daemon *daemon) {
    daemon->handle = enlist(sdk, number, relays ? count_and_relay : count, daemon);
    daemon->id = lib.handle_daemon_id(daemon->handle);
}

void number_payload(uint8_t *payload, uint64_t number) {
    memcpy(payload, &number, sizeof number);
}

void post(NetMeshOsSdk *sdk, uint64_t daemon, const NetMeshOsEvent *event) {
    int status;
    while ((status = lib.ext_post(sdk, daemon, event, 1, NULL)) != NET_MESHOS_OK)
        if (was_full("ext_post", status))
            flush(sdk, daemon);
}

bool was_full(const char *call, int status) {
    const char *kind = lib.last_error_kind();
    if (status != NET_MESHOS_ERR_CALL_FAILED || !kind || strcmp(kind, "queue_full") != 0)
        ok(call, status);
    return true;
}

void flush(NetMeshOsSdk *sdk, uint64_t daemon) {
    ok("ext_flush", lib.ext_flush(sdk, daemon, 0));
}

void ok(const char *call, int status) {
    if (status != NET_MESHOS_OK)
        fail("net_meshos_%s: %d %s: %s", call, status, lib.last_error_kind(), lib.last_error_message());
}

void check(const struct daemon *daemon, uint64_t n) {
    check_counts(n, daemon->events, daemon->sum);
}

void check_counts(uint64_t n, uint64_t events, uint64_t sum) {
    if (events != n || sum != n * (n - 1) / 2)
        fail("%llu events were sent; %llu were processed, and their numbers add up to %llu", (unsigned long long)n,
             (unsigned long long)events, (unsigned long long)sum);
}
