/* net_meshos_sdk_start, net_meshos_sdk_shutdown and net_meshos_sdk_free: the life of an SDK. */
#include <net_meshos.h>
#include <stdio.h>

int main(void) {
    NetMeshOsSdk *sdk;
    /* Node 7, 100 ms from tick to tick; 0 is the default of the others. */
    if (net_meshos_sdk_start(7, 100, 0, 0, 0, &sdk) != NET_MESHOS_OK) {
        fprintf(stderr, "start: %s\n", net_meshos_last_error_message());
        return 1;
    }
    puts("it runs");

    int status = net_meshos_sdk_shutdown(sdk); /* when it has returned 0, no callback runs */
    printf("shut down: %d\n", status);
    printf("once more: %d\n", net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
it runs
shut down: 0
once more: -4
*/
