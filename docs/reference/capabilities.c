/* net_meshos_publish_capabilities and net_meshos_ext_daemon_json: what a daemon can do, and where that is shown. */
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

static void show_capabilities(NetMeshOsSdk *sdk, uint64_t id) {
    const char key[] = "\"capabilities\":";
    char *json = net_meshos_ext_daemon_json(sdk, id);
    char *tags = json ? strstr(json, key) : NULL;
    if (!tags)
        check(NET_MESHOS_ERR_CALL_FAILED);
    else
        tags += strlen(key);
    printf("%.*s]\n", (int)strcspn(tags, "]"), tags);
    net_meshos_free_string(json);
}

int main(void) {
    const uint8_t seed[32] = {1};
    const char tags[] = "[\"hardware.gpu\", \"software.model.foo=llama\"]";
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon(sdk, "worker", 6, seed, &daemon));
    uint64_t id = net_meshos_handle_daemon_id(daemon);

    check(net_meshos_publish_capabilities(daemon, tags, strlen(tags)));
    show_capabilities(sdk, id);
    check(net_meshos_publish_capabilities(daemon, NULL, 0)); /* withdraws them */
    show_capabilities(sdk, id);

    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
["hardware.gpu","software.model.foo=llama"]
[]
*/
