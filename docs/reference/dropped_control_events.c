/* net_meshos_sdk_dropped_control_events: whether daemons are told more than they listen to. */
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

int main(void) {
    const uint8_t seed[32] = {1};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    NetMeshOsDaemonControl event;
    check(net_meshos_sdk_start(0, 0, 0, 0, 1, &sdk)); /* one control event may wait */
    check(net_meshos_register_daemon(sdk, "deaf", 4, seed, &daemon));
    check(net_meshos_ext_enter_maintenance(sdk, 0));
    do {
        check(net_meshos_next_control(daemon, 0, &event));
    } while (event.kind != NET_MESHOS_CONTROL_DRAIN_FINISH);
    printf("dropped: %d\n", (int)net_meshos_sdk_dropped_control_events(sdk));

    check(net_meshos_sdk_shutdown(sdk));
    puts(net_meshos_sdk_dropped_control_events(sdk) == UINT64_MAX ? "a consumed SDK tells nothing" : "it tells");
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
dropped: 0
a consumed SDK tells nothing
*/
