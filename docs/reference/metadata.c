/* net_meshos_metadata, net_meshos_refresh_metadata and net_meshos_free_string: the node as a daemon has seen it, and
 * as it is now. */
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

/* A program would have a parser for JSON. */
static void show_state(const char *when, char *metadata) {
    const char key[] = "\"maintenance_state\":{\"kind\":\"";
    const char *kind = metadata ? strstr(metadata, key) : NULL;
    if (!kind)
        check(NET_MESHOS_ERR_CALL_FAILED);
    else
        kind += strlen(key);
    printf("%s: %.*s\n", when, (int)strcspn(kind, "\""), kind);
    net_meshos_free_string(metadata);
}

int main(void) {
    const uint8_t seed[32] = {1};
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    NetMeshOsDaemonControl event = {.kind = NET_MESHOS_CONTROL_NONE};
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon(sdk, "worker", 6, seed, &daemon));
    check(net_meshos_ext_enter_maintenance(sdk, 0));
    while (event.kind != NET_MESHOS_CONTROL_DRAIN_FINISH)
        check(net_meshos_next_control(daemon, 0, &event));

    show_state("at the registration", net_meshos_metadata(daemon));
    show_state("now", net_meshos_refresh_metadata(daemon));
    show_state("from here on", net_meshos_metadata(daemon));
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
at the registration: active
now: maintenance
from here on: maintenance
*/
