/* net_meshos_graceful_shutdown and net_meshos_ext_daemon_done: a daemon is asked to end, and says when it has
 * finished, so that nobody waits for the rest of its time. */
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

static void on_control(void *ctx, int kind, uint64_t grace_period_ms, float level) {
    NetMeshOsHandle **self = ctx;
    (void)level;
    if (kind != NET_MESHOS_CONTROL_SHUTDOWN)
        return;
    printf("asked to end within %d s\n", (int)(grace_period_ms / 1000));
    check(net_meshos_ext_daemon_done(*self));
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process, .on_control = on_control};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon = NULL;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "tidy", 4, seed, &table, &daemon, &daemon));

    check(net_meshos_graceful_shutdown(daemon, 600000)); /* returns at once, and not after ten minutes */
    puts("ended");
    if (net_meshos_graceful_shutdown(daemon, 0) != NET_MESHOS_OK)
        printf("once more: %s\n", net_meshos_last_error_kind());
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
asked to end within 600 s
ended
once more: already_shutdown
*/
