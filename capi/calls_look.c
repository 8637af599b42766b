/* The calls that show what goes on. */
#include "_cgo_export.h"
#include "checks.h"
#include "frames.h"

int net_meshos_ext_on_log(NetMeshOsSdk *sdk, int min_level, NetMeshOsLogFn log_fn, void *ctx) {
    REQUIRE_SDK(sdk);
    REQUIRE(min_level >= NET_MESHOS_LOG_TRACE && min_level <= NET_MESHOS_LOG_ERROR, LOG_LEVEL);
    ASK(sdk, goOnLog(s, min_level, log_fn, (uintptr_t)ctx, frame_current() != NULL));
}

/* Ends a call whose answer is a text. */
#define ASK_TEXT(sdk, ask)                                               \
    do {                                                                 \
        REQUIRE_OR_NULL(sdk, NULL_SDK);                                  \
        REQUIRE_OR_NULL(!meshos_forked(), FORKED);                       \
        REQUIRE_OR_NULL(!border_is_inside(), INTERRUPTED);               \
        struct sdk_cell *s = slot_hold(&sdk_table, (uintptr_t)(sdk));    \
        REQUIRE_OR_NULL(s, STALE_SDK);                                   \
        char *text = NULL;                                               \
        enum meshos_error error;                                         \
        CROSS(error, ask);                                               \
        slot_drop(&sdk_table, s);                                        \
        if (error)                                                       \
            meshos_finish(error);                                        \
        return text;                                                     \
    } while (0)

char *net_meshos_ext_logs_json(NetMeshOsSdk *sdk, uint64_t after_seq, size_t max) {
    ASK_TEXT(sdk, goLogsJSON(s, after_seq, max, &text));
}

char *net_meshos_ext_runtime_json(NetMeshOsSdk *sdk) {
    ASK_TEXT(sdk, goRuntimeJSON(s, &text));
}

const char *net_meshos_ext_version(void) {
    return NET_MESHOS_EXT_VERSION;
}
