#include <net_meshos.h>
#include <stdio.h>

int main(void) {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    const uint8_t seed[32] = {1};
    if (net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) != NET_MESHOS_OK ||
        net_meshos_register_daemon(sdk, "host", 4, seed, &daemon) != NET_MESHOS_OK) {
        fprintf(stderr, "%s: %s\n", net_meshos_last_error_kind(), net_meshos_last_error_message());
        return 1;
    }
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return puts("host: lived and ended as it should") < 0;
}
