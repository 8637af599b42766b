/* Taking the node, or one daemon, out of work and back. */
#include "_cgo_export.h"
#include "checks.h"

int net_meshos_ext_enter_maintenance(NetMeshOsSdk *sdk, uint64_t drain_ms) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goEnterMaintenance(s, drain_ms));
}

int net_meshos_ext_exit_maintenance(NetMeshOsSdk *sdk) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goExitMaintenance(s));
}

int net_meshos_ext_stop_daemon(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t grace_ms) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goStopDaemon(s, daemon_id, grace_ms, FRAME));
}

int net_meshos_ext_restart_daemon(NetMeshOsSdk *sdk, uint64_t daemon_id) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goRestartDaemon(s, daemon_id));
}
