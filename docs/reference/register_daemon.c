/* net_meshos_register_daemon, net_meshos_handle_daemon_id, net_meshos_handle_daemon_name and net_meshos_handle_free:
 * a daemon without callbacks, whose work the host does. */
#include <inttypes.h>
#include <net_meshos.h>
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
    const uint8_t seed[32] = {1}; /* a real one is random and secret: net_meshos_ext_new_seed */
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon, *again;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon(sdk, "telemetry", 9, seed, &daemon));
    printf("%s has the id %016" PRIx64 "\n", net_meshos_handle_daemon_name(daemon),
           net_meshos_handle_daemon_id(daemon));

    /* The seed makes the id, and an id is registered once at a time. */
    if (net_meshos_register_daemon(sdk, "other", 5, seed, &again) != NET_MESHOS_OK)
        printf("a second time: %s\n", net_meshos_last_error_kind());

    net_meshos_handle_free(daemon); /* unregisters it, too */
    check(net_meshos_register_daemon(sdk, "other", 5, seed, &again));
    printf("afterwards: %s\n", net_meshos_handle_daemon_name(again));
    net_meshos_handle_free(again);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
telemetry has the id a13603fc3c91c36d
a second time: register_failed
afterwards: other
*/
