/* Taking a daemon's state and giving it back. */
#include "_cgo_export.h"
#include "checks.h"

int net_meshos_ext_snapshot(NetMeshOsSdk *sdk, uint64_t daemon_id, uint8_t **out, size_t *out_len) {
    REQUIRE_SDK(sdk);
    REQUIRE(out && out_len, NULL_OUT);
    ASK(sdk, goSnapshot(s, daemon_id, out, out_len, FRAME));
}

int net_meshos_ext_restore(NetMeshOsSdk *sdk, uint64_t daemon_id, const uint8_t *state, size_t len) {
    REQUIRE_SDK(sdk);
    REQUIRE(state || len == 0, NULL_STATE);
    REQUIRE(len <= LONGEST, LENGTH);
    ASK(sdk, goRestore(s, daemon_id, (uint8_t *)SHOWN(state, len), len, FRAME));
}
