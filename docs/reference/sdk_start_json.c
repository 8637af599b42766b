/* net_meshos_ext_sdk_start: an SDK that is configured by JSON. */
#include <net_meshos_ext.h>
#include <stdio.h>
#include <string.h>

static void try(const char *config) {
    NetMeshOsSdk *sdk;
    if (net_meshos_ext_sdk_start(config, strlen(config), &sdk) == NET_MESHOS_OK) {
        puts("it runs");
        net_meshos_sdk_free(sdk);
    } else { /* the message names the key, its line and its column */
        int place = strstr(net_meshos_last_error_message(), "line 2") != NULL;
        printf("%s%s\n", net_meshos_last_error_kind(), place ? ", and the message says where" : "");
    }
}

int main(void) {
    try(""); /* the defaults */
    try("{\"inbox_capacity\": 4096,\n \"on_process_failure\": \"restart\"}");
    try("{\"inbox_capacity\": 4096,\n \"on_process_failures\": \"restart\"}");
    return 0;
}

/* It prints:
it runs
it runs
invalid_argument, and the message says where
*/
