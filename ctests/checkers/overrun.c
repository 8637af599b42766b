/* Reads past a block in a callback: a fault that memcheck must not take for one of Go's. */
#include <net_meshos_ext.h>
#include <stdlib.h>

static volatile uint8_t *block;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t len) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload;
    return block[16 + len] == 77;
}

int main(void) {
    const NetMeshOsDaemonVtable table = {.process = process};
    const NetMeshOsEvent event = {1, 1, NULL, 0};
    const uint8_t seed[32] = {1};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    block = calloc(1, 16);
    if (!block || net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) ||
        net_meshos_register_daemon_with_vtable(sdk, "x", 1, seed, &table, NULL, &handle))
        return 1;
    net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(handle), &event, NULL, NULL);
    /* And one that the library makes on the host's behalf: a payload that is shorter than it says. */
    const NetMeshOsEvent longer = {1, 2, (const uint8_t *)block, 20};
    net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(handle), &longer, 1, NULL);
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
    return 0;
}
