/* net_meshos_ext_runtime_json and net_meshos_ext_metrics: the node and its daemons, for programs and for
 * Prometheus. */
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

/* Prints what stands behind a key, up to one of the characters of `end`. */
static void show(const char *text, const char *key, const char *end) {
    const char *found = text ? strstr(text, key) : NULL;
    if (!found)
        check(NET_MESHOS_ERR_CALL_FAILED);
    else
        printf("%s%.*s\n", key, (int)strcspn(found + strlen(key), end), found + strlen(key));
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    const NetMeshOsEvent event = {.sequence = 1};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    check(net_meshos_sdk_start(4660, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "worker", 6, seed, &table, NULL, &daemon));
    check(net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(daemon), &event, NULL, NULL));

    char *json = net_meshos_ext_runtime_json(sdk);
    show(json, "\"node_id_hex\":", ",");
    show(json, "\"events_in\":", ",");
    net_meshos_free_string(json);

    char *metrics = net_meshos_ext_metrics(sdk);
    show(metrics, "net_meshos_events_in_total", "\n");
    net_meshos_free_string(metrics);

    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
"node_id_hex":"0x0000000000001234"
"events_in":1
net_meshos_events_in_total 1
*/
