/* net_meshos_register_daemon_with_vtable_v2: a daemon that owns what its callbacks use. */
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
    int *seen = ctx;
    (void)emit, (void)origin, (void)sequence, (void)payload, (void)len;
    ++*seen;
    return 0;
}

/* Called once, after the last callback. */
static void destroy(void *ctx) {
    int *seen = ctx;
    printf("freed after %d event\n", *seen);
    free(seen);
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    const NetMeshOsEvent event = {.sequence = 1};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    int *seen = calloc(1, sizeof *seen);
    if (!seen)
        return 1;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable_v2(sdk, "owner", 5, seed, &table, seen, destroy, &daemon));
    check(net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(daemon), &event, NULL, NULL));

    net_meshos_handle_free(daemon); /* destroy has returned when this has */
    puts("the handle is freed");
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
freed after 1 event
the handle is freed
*/
