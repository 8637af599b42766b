/* Writing log lines, following them and reading them back. */
#include <time.h>

#include "_cgo_export.h"
#include "checks.h"

static uint64_t unix_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool is_level(int level) {
    return level >= NET_MESHOS_LOG_TRACE && level <= NET_MESHOS_LOG_ERROR;
}

int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message_ptr, size_t message_len) {
    REQUIRE_HANDLE(handle);
    if (!is_level(level))
        return meshos_bad_level(level);
    REQUIRE(message_ptr, NULL_MESSAGE);
    REQUIRE(message_len <= LONGEST, LENGTH);
    ASK_HANDLE(handle, goPublishLog(d, unix_ns(), level, (char *)SHOWN(message_ptr, message_len), message_len));
}

int net_meshos_ext_on_log(NetMeshOsSdk *sdk, int min_level, NetMeshOsLogFn log_fn, void *ctx) {
    REQUIRE_SDK(sdk);
    if (!is_level(min_level))
        return meshos_bad_level(min_level);
    ASK(sdk, goOnLog(s, min_level, log_fn, (uintptr_t)ctx, FRAME));
}

char *net_meshos_ext_logs_json(NetMeshOsSdk *sdk, uint64_t after_seq, size_t max) {
    ASK_TEXT(sdk, goLogsJSON(s, after_seq, max, &text));
}
