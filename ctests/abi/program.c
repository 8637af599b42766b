/* A program as it is linked against one library and run on another. With -DEXT it makes an extension call, too. */
#include <net_meshos_ext.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsHandle *handle = NULL;
    const uint8_t seed[32] = {1};
    if (net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) != NET_MESHOS_OK ||
        net_meshos_register_daemon(sdk, "abi", 3, seed, &handle) != NET_MESHOS_OK)
        return 1;
#ifdef EXT
    if (!net_meshos_ext_version() || net_meshos_ext_flush(sdk, 0, 1000) != NET_MESHOS_OK)
        return 2;
#endif
    /* As a program does that wants to run on both libraries. */
    const char *(*version)(void);
    *(void **)&version = dlsym(RTLD_DEFAULT, "net_meshos_ext_version");
    printf("extension calls: %s\n", version ? version() : "none");
    net_meshos_handle_free(handle);
    const int status = net_meshos_sdk_shutdown(sdk);
    net_meshos_sdk_free(sdk);
    return status == NET_MESHOS_OK ? 0 : 3;
}
