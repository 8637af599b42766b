/* net_meshos_snapshot_emit, net_meshos_ext_snapshot, net_meshos_ext_restore and net_meshos_ext_free_bytes: the state
 * of a daemon, taken from one and given to another. */
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

/* Its state is how many events it has seen. A format that other machines read would fix the order of the bytes. */
static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t len) {
    uint32_t *count = ctx;
    (void)emit, (void)origin, (void)sequence, (void)payload, (void)len;
    ++*count;
    return 0;
}

static void snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    net_meshos_snapshot_emit(emit, ctx, sizeof(uint32_t));
}

static int restore(void *ctx, const uint8_t *state, size_t len) {
    if (len != sizeof(uint32_t))
        return 1;
    memcpy(ctx, state, len);
    return 0;
}

int main(void) {
    const uint8_t seeds[2][32] = {{1}, {2}};
    const NetMeshOsDaemonVtable table = {.process = process, .snapshot = snapshot, .restore = restore};
    const NetMeshOsEvent events[3] = {{.sequence = 1}, {.sequence = 2}, {.sequence = 3}};
    uint32_t counts[2] = {0, 0};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *first, *second;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "first", 5, seeds[0], &table, &counts[0], &first));
    check(net_meshos_register_daemon_with_vtable(sdk, "second", 6, seeds[1], &table, &counts[1], &second));

    uint8_t *state;
    size_t len;
    check(net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(first), events, 3, NULL));
    check(net_meshos_ext_snapshot(sdk, net_meshos_handle_daemon_id(first), &state, &len)); /* after the three */
    check(net_meshos_ext_restore(sdk, net_meshos_handle_daemon_id(second), state, len));
    printf("%d bytes, and the second has seen %d\n", (int)len, (int)counts[1]);
    if (net_meshos_ext_restore(sdk, net_meshos_handle_daemon_id(second), state, 1) != NET_MESHOS_OK)
        printf("one byte: %s\n", net_meshos_last_error_kind());
    net_meshos_ext_free_bytes(state, len);

    net_meshos_handle_free(first);
    net_meshos_handle_free(second);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
4 bytes, and the second has seen 3
one byte: restore_failed
*/
