/* Looking at the node, and at the library. */
#include "_cgo_export.h"
#include "checks.h"

char *net_meshos_ext_runtime_json(NetMeshOsSdk *sdk) {
    ASK_TEXT(sdk, goRuntimeJSON(s, &text));
}

char *net_meshos_ext_metrics(NetMeshOsSdk *sdk) {
    ASK_TEXT(sdk, goMetrics(s, &text));
}

char *net_meshos_ext_daemon_json(NetMeshOsSdk *sdk, uint64_t daemon_id) {
    ASK_TEXT(sdk, goDaemonJSON(s, daemon_id, &text));
}

const char *net_meshos_ext_version(void) {
    return NET_MESHOS_EXT_VERSION;
}
