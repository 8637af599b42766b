/* net_meshos_ext_subscribe and net_meshos_ext_unsubscribe: the outputs of one daemon are the events of another. */
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

/* The last of the chain. */
static int print(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                 const uint8_t *payload, size_t len) {
    const uint64_t *source = ctx;
    (void)emit;
    printf("number %d of %s: %.*s\n", (int)sequence, origin == *source ? "the first" : "another", (int)len,
           (const char *)payload);
    return 0;
}

int main(void) {
    const uint8_t seeds[2][32] = {{1}, {2}};
    const NetMeshOsDaemonVtable echo = {.process = process}, printer = {.process = print};
    const NetMeshOsEvent event = {0, 1, (const uint8_t *)"hello", 5};
    uint64_t from = 0;
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *first, *second;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "first", 5, seeds[0], &echo, NULL, &first));
    check(net_meshos_register_daemon_with_vtable(sdk, "second", 6, seeds[1], &printer, &from, &second));
    from = net_meshos_handle_daemon_id(first);
    uint64_t to = net_meshos_handle_daemon_id(second);

    check(net_meshos_ext_subscribe(sdk, from, to));
    check(net_meshos_ext_post(sdk, from, &event, 1, NULL));
    check(net_meshos_ext_flush(sdk, 0, 0)); /* all daemons */

    check(net_meshos_ext_unsubscribe(sdk, from, to));
    check(net_meshos_ext_post(sdk, from, &event, 1, NULL));
    check(net_meshos_ext_flush(sdk, 0, 0));
    if (net_meshos_ext_unsubscribe(sdk, from, to) != NET_MESHOS_OK)
        printf("once more: %s\n", net_meshos_last_error_kind());

    net_meshos_handle_free(first);
    net_meshos_handle_free(second);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
number 1 of the first: hello
once more: not_found
*/
