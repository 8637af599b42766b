/* net_meshos_register_daemon_with_vtable, net_meshos_process_emit and net_meshos_ext_deliver: a daemon with
 * callbacks, and an event that it processes on the thread of the caller. */
#include <ctype.h>
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

/* An output for each word of the event. */
static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t len) {
    size_t begin = 0;
    (void)ctx, (void)origin, (void)sequence;
    if (len == 0)
        return 1; /* a failure of this event */
    for (size_t i = 0; i <= len; i++)
        if (i == len || isspace(payload[i])) {
            net_meshos_process_emit(emit, payload + begin, i - begin);
            begin = i + 1;
        }
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
    const NetMeshOsEvent event = {.sequence = 1, .payload = (const uint8_t *)"two words", .payload_len = 9};
    const NetMeshOsEvent empty = {.sequence = 2};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "split", 5, seed, &table, NULL, &daemon));

    uint64_t id = net_meshos_handle_daemon_id(daemon);
    check(net_meshos_ext_deliver(sdk, id, &event, show, NULL)); /* show has been called when it returns */
    if (net_meshos_ext_deliver(sdk, id, &empty, show, NULL) != NET_MESHOS_OK)
        printf("event 2: %s\n", net_meshos_last_error_kind());

    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
event 1, output 1: two
event 1, output 2: words
event 2: process_failed
*/
