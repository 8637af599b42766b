/* net_meshos_ext_new_seed: an identity, made once and kept. */
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

static uint64_t id_of(const uint8_t *seed) {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon(sdk, "worker", 6, seed, &daemon));
    uint64_t id = net_meshos_handle_daemon_id(daemon);
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return id;
}

int main(void) {
    uint8_t seed[32], other[32];
    check(net_meshos_ext_new_seed(seed)); /* a program writes it to a file that only its user can read */
    check(net_meshos_ext_new_seed(other));
    printf("the same seed: %s id\n", id_of(seed) == id_of(seed) ? "the same" : "another");
    printf("another seed: %s id\n", id_of(seed) == id_of(other) ? "the same" : "another");
    return 0;
}

/* It prints:
the same seed: the same id
another seed: another id
*/
