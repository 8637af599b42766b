/* A host with the mesh edition: what NET_MESHOS_CONFIG names makes its SDK a node of a mesh. It says when its daemon is
 * there, and processes an event once its input has ended. */
#include <net_meshos_ext.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int status, const char *what) {
    if (status == NET_MESHOS_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, net_meshos_last_error_kind(), net_meshos_last_error_message());
    exit(1);
}

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t len) {
    (void)ctx, (void)origin, (void)sequence;
    net_meshos_process_emit(emit, payload, len);
    return 0;
}

static void show(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t number,
                 const uint8_t *payload, size_t len) {
    (void)ctx, (void)daemon, (void)in_origin, (void)in_sequence, (void)number;
    printf("output: %.*s\n", (int)len, (const char *)payload);
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    const NetMeshOsEvent event = {.sequence = 1, .payload = (const uint8_t *)"from a package", .payload_len = 14};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    check(net_meshos_sdk_start(7, 0, 0, 0, 0, &sdk), "sdk_start");
    check(net_meshos_register_daemon_with_vtable(sdk, "packaged", 8, seed, &table, NULL, &daemon), "register");
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    check(net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(daemon), &event, show, NULL), "deliver");
    net_meshos_handle_free(daemon);
    check(net_meshos_sdk_shutdown(sdk), "sdk_shutdown");
    net_meshos_sdk_free(sdk);
    return 0;
}
