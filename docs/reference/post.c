/* net_meshos_ext_post, net_meshos_ext_flush and net_meshos_ext_set_output: events that a daemon processes while the
 * host goes on, and where its outputs go. */
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

static void show(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t number,
                 const uint8_t *payload, size_t len) {
    (void)ctx, (void)daemon, (void)in_origin;
    printf("event %d, output %d: %.*s\n", (int)in_sequence, (int)number, (int)len, (const char *)payload);
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    const NetMeshOsEvent events[] = {{0, 1, (const uint8_t *)"hello", 5}, {0, 2, (const uint8_t *)"goodbye", 7}};
    size_t accepted;
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "echo", 4, seed, &table, NULL, &daemon));
    check(net_meshos_ext_set_output(sdk, show, NULL)); /* those of all daemons */

    uint64_t id = net_meshos_handle_daemon_id(daemon);
    check(net_meshos_ext_post(sdk, id, events, 2, &accepted));
    check(net_meshos_ext_flush(sdk, id, 0)); /* until it has nothing more to do */
    printf("%d events were accepted\n", (int)accepted);

    check(net_meshos_ext_set_output(sdk, NULL, NULL)); /* and what show uses may go */
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
event 1, output 1: hello
event 2, output 2: goodbye
2 events were accepted
*/
