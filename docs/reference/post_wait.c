/* net_meshos_ext_post_wait: a producer that is faster than the daemon, and waits for room. */
#include <net_meshos_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    const char config[] = "{\"inbox_capacity\": 2}";
    NetMeshOsEvent events[100];
    size_t accepted, all = 0;
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    for (size_t i = 0; i < 100; i++)
        events[i] = (NetMeshOsEvent){.sequence = i + 1};
    check(net_meshos_ext_sdk_start(config, strlen(config), &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "slow", 4, seed, &table, NULL, &daemon));
    uint64_t id = net_meshos_handle_daemon_id(daemon);

    /* What has gone in when the time is over is not posted again. */
    while (net_meshos_ext_post_wait(sdk, id, events + all, 100 - all, 1000, &accepted) != NET_MESHOS_OK) {
        if (strcmp(net_meshos_last_error_kind(), "queue_full") != 0)
            check(NET_MESHOS_ERR_CALL_FAILED);
        all += accepted;
    }
    all += accepted;
    printf("%d events went through an inbox of 2\n", (int)all);

    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
100 events went through an inbox of 2
*/
