/* net_meshos_try_next_control and net_meshos_next_control: what a daemon is told. Here that the node goes into
 * maintenance. */
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
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon(sdk, "worker", 6, seed, &daemon));
    check(net_meshos_try_next_control(daemon, &event));
    printf("at first: %s\n", event.kind == NET_MESHOS_CONTROL_NONE ? "nothing" : "something");

    check(net_meshos_ext_enter_maintenance(sdk, 60000));
    do { /* each wait ends at once when an event comes, and after a minute at the latest */
        check(net_meshos_next_control(daemon, 60000, &event));
        if (event.kind == NET_MESHOS_CONTROL_DRAIN_START)
            printf("finish within a minute: %s\n", event.grace_period_ms <= 60000 ? "yes" : "no");
    } while (event.kind != NET_MESHOS_CONTROL_DRAIN_FINISH && event.kind != NET_MESHOS_CONTROL_NONE);
    puts(event.kind == NET_MESHOS_CONTROL_DRAIN_FINISH ? "the drain is over" : "nothing came");

    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
at first: nothing
finish within a minute: yes
the drain is over
*/
