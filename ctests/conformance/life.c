#include "life.h"

#include <stdint.h>

#include "fixture.h"
#include "probe.h"
#include "suite.h"

void live_fully(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1), *none = NULL;
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1), *taken = NULL;
    NetMeshOsDaemonControl event;
    probe_lives(&probe, 3);
    if (suite_shown("sdk_start.queue_limit"))
        net_meshos_sdk_start(0, 0, SIZE_MAX, 0, 0, &none);
    if (suite_shown("register.nul_in_name"))
        net_meshos_register_daemon(sdk, "a\0b", 3, seed(2), &taken);
    net_meshos_register_daemon(sdk, "a", 1, seed(1), &taken);
    net_meshos_register_daemon(sdk, "\xff", 1, seed(2), &taken);
    for (int i = 0; i < 2000; i++)
        net_meshos_publish_log(handle, NET_MESHOS_LOG_ERROR, "a line for the log", 18);
    net_meshos_publish_log(handle, 99, "a", 1);
    net_meshos_publish_capabilities(handle, "[1]", 3);
    net_meshos_next_control(handle, 1, &event);
    net_meshos_free_string(net_meshos_refresh_metadata(handle));
    net_meshos_process_emit(NULL, NULL, 0);
    net_meshos_graceful_shutdown(handle, 1);
    net_meshos_graceful_shutdown(handle, 1);
    net_meshos_handle_free(handle);
    net_meshos_clear_last_error(); /* whether a success does that is another case's */
    probe.health_answer = NET_MESHOS_HEALTH_UNHEALTHY;
    handle = probe_register(&probe, sdk, 1);
    probe_lives(&probe, 3);
    net_meshos_sdk_shutdown(sdk);
    net_meshos_publish_log(handle, NET_MESHOS_LOG_ERROR, "a", 1);
    net_meshos_sdk_free(sdk);
    net_meshos_handle_free(handle);
}

void live_carelessly(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1), *late = NULL;
    net_meshos_handle_free(handle);
    net_meshos_handle_free(handle);
    net_meshos_publish_log(handle, NET_MESHOS_LOG_ERROR, "a", 1);
    net_meshos_free_string(net_meshos_metadata(handle));
    net_meshos_graceful_shutdown(handle, 1);
    net_meshos_sdk_free(sdk);
    net_meshos_sdk_free(sdk);
    net_meshos_sdk_shutdown(sdk);
    net_meshos_register_daemon(sdk, "a", 1, seed(1), &late);
}
