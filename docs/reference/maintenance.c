/* net_meshos_ext_enter_maintenance and net_meshos_ext_exit_maintenance: a node that takes no events for a while. */
#include <net_meshos_ext.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the words of a call that failed. */
static void check(int status) {
    if (status == NET_MESHOS_OK)
        return;
    fprintf(stderr, "%s: %s\n", net_meshos_last_error_kind(), net_meshos_last_error_message());
    exit(1);
}

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t len) {
    (void)ctx, (void)origin, (void)sequence;
    net_meshos_process_emit(emit, payload, len);
    return 0;
}

static void try(const char *when, NetMeshOsSdk *sdk, uint64_t id) {
    const NetMeshOsEvent event = {.sequence = 1};
    int status = net_meshos_ext_deliver(sdk, id, &event, NULL, NULL);
    printf("%s: %s\n", when, status == NET_MESHOS_OK ? "processed" : net_meshos_last_error_kind());
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    NetMeshOsDaemonControl event = {.kind = NET_MESHOS_CONTROL_NONE};
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "worker", 6, seed, &table, NULL, &daemon));
    uint64_t id = net_meshos_handle_daemon_id(daemon);

    check(net_meshos_ext_enter_maintenance(sdk, 60000)); /* a minute for the events that wait */
    while (event.kind != NET_MESHOS_CONTROL_DRAIN_FINISH)
        check(net_meshos_next_control(daemon, 0, &event));
    try("in maintenance", sdk, id);

    check(net_meshos_ext_exit_maintenance(sdk));
    try("afterwards", sdk, id);
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
in maintenance: draining
afterwards: processed
*/
