#define _POSIX_C_SOURCE 200809L

#include "node.h"

#include <string.h>
#include <time.h>

#include "../words/say.h"
#include "../words/stop.h"

bool node_try_again(void)
{
    static const char *const passing[] = {"mesh_unavailable", "timeout", "queue_full", "backing_off", NULL};
    const char *kind = net_meshos_last_error_kind();
    for (const char *const *one = passing; kind && *one; one++)
        if (strcmp(kind, *one) == 0)
            return true;
    return false;
}

void node_wait(void)
{
    const struct timespec moment = {0, 100 * 1000 * 1000};
    nanosleep(&moment, NULL);
}

bool node_start(NetMeshOsSdk **sdk, const char *config)
{
    int status;
    while ((status = net_meshos_ext_sdk_start(config, strlen(config), sdk)) != NET_MESHOS_OK) {
        if (!node_try_again() || stop_signal()) {
            say_failed("net_meshos_ext_sdk_start", status);
            return false;
        }
        node_wait();
    }
    return true;
}

bool node_end(NetMeshOsSdk *sdk)
{
    int status = net_meshos_sdk_shutdown(sdk);
    if (status != NET_MESHOS_OK)
        say_failed("net_meshos_sdk_shutdown", status);
    net_meshos_sdk_free(sdk);
    return status == NET_MESHOS_OK;
}
