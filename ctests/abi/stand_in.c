/* Stands in for a library without versions: the cdylib's calls and, with -DEXT, those of net_meshos_ext.h that a
 * library had before they got versions. Enough of each for program.c. */
#include <net_meshos_ext.h>

int net_meshos_sdk_start(uint64_t node, uint64_t tick, size_t events, size_t actions, size_t controls, NetMeshOsSdk **out) {
    (void)node, (void)tick, (void)events, (void)actions, (void)controls;
    *out = (NetMeshOsSdk *)out;
    return NET_MESHOS_OK;
}

int net_meshos_register_daemon(NetMeshOsSdk *sdk, const char *name, size_t len, const uint8_t *seed, NetMeshOsHandle **out) {
    (void)sdk, (void)name, (void)len, (void)seed;
    *out = (NetMeshOsHandle *)out;
    return NET_MESHOS_OK;
}

void net_meshos_handle_free(NetMeshOsHandle *handle) {
    (void)handle;
}

int net_meshos_sdk_shutdown(NetMeshOsSdk *sdk) {
    (void)sdk;
    return NET_MESHOS_OK;
}

void net_meshos_sdk_free(NetMeshOsSdk *sdk) {
    (void)sdk;
}

#ifdef EXT
const char *net_meshos_ext_version(void) {
    return "0.0.9";
}

int net_meshos_ext_flush(NetMeshOsSdk *sdk, uint64_t id, uint64_t timeout_ms) {
    (void)sdk, (void)id, (void)timeout_ms;
    return NET_MESHOS_OK;
}
#endif
