/* The calls that hand events to daemons and say where their outputs go. */
#include "_cgo_export.h"
#include "checks.h"
#include "frames.h"

/* Ends a call that asks Go one thing of a held SDK. */
#define ASK(sdk, ask)                                   \
    do {                                                \
        HOLD_SDK(s, sdk);                               \
        enum meshos_error error = (ask);                \
        slot_drop(&sdk_table, s);                       \
        return meshos_finish(error);                    \
    } while (0)

#define FRAME ((struct frame *)frame_current())

static enum meshos_error check_payload(const NetMeshOsEvent *e) {
    if (!e->payload && e->payload_len > 0)
        return MESHOS_E_NULL_PAYLOAD;
    return e->payload_len <= LONGEST ? MESHOS_OK : MESHOS_E_LENGTH;
}

int net_meshos_ext_deliver(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *event,
                           NetMeshOsOutputFn output_fn, void *ctx) {
    REQUIRE_SDK(sdk);
    REQUIRE(event, NULL_EVENT);
    enum meshos_error bad = check_payload(event);
    if (bad)
        return meshos_fail(bad);
    ASK(sdk, goDeliver(s, daemon_id, event->origin_hash, event->sequence, (uint8_t *)event->payload,
                       event->payload_len, output_fn, ctx, FRAME));
}

int net_meshos_ext_post(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n,
                        size_t *accepted) {
    if (accepted)
        *accepted = 0;
    REQUIRE_SDK(sdk);
    REQUIRE(events || n == 0, NULL_EVENT);
    REQUIRE(n <= LONGEST / sizeof *events, LENGTH);
    for (size_t i = 0; i < n; i++) {
        enum meshos_error bad = check_payload(&events[i]);
        if (bad)
            return meshos_fail(bad);
    }
    size_t ignored;
    ASK(sdk, goPost(s, daemon_id, (NetMeshOsEvent *)events, n, accepted ? accepted : &ignored));
}

int net_meshos_ext_flush(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t timeout_ms) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goFlush(s, daemon_id, timeout_ms, FRAME));
}

int net_meshos_ext_set_output(NetMeshOsSdk *sdk, NetMeshOsOutputFn output_fn, void *ctx) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goSetOutput(s, output_fn, ctx, frame_current() != NULL));
}

int net_meshos_ext_subscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goSubscribe(s, from_daemon_id, to_daemon_id, true));
}

int net_meshos_ext_unsubscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goSubscribe(s, from_daemon_id, to_daemon_id, false));
}

int net_meshos_ext_snapshot(NetMeshOsSdk *sdk, uint64_t daemon_id, uint8_t **out, size_t *out_len) {
    REQUIRE_SDK(sdk);
    REQUIRE(out && out_len, NULL_OUT);
    ASK(sdk, goSnapshot(s, daemon_id, out, out_len, FRAME));
}

int net_meshos_ext_restore(NetMeshOsSdk *sdk, uint64_t daemon_id, const uint8_t *state, size_t len) {
    REQUIRE_SDK(sdk);
    REQUIRE(state || len == 0, NULL_STATE);
    REQUIRE(len <= LONGEST, LENGTH);
    ASK(sdk, goRestore(s, daemon_id, (uint8_t *)state, len, FRAME));
}

void net_meshos_ext_free_bytes(uint8_t *bytes, size_t len) {
    (void)len; /* the library knows */
    net_meshos_free_string((char *)bytes);
}

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

int net_meshos_ext_on_log(NetMeshOsSdk *sdk, int min_level, NetMeshOsLogFn log_fn, void *ctx) {
    REQUIRE_SDK(sdk);
    REQUIRE(min_level >= NET_MESHOS_LOG_TRACE && min_level <= NET_MESHOS_LOG_ERROR, LOG_LEVEL);
    ASK(sdk, goOnLog(s, min_level, log_fn, ctx, frame_current() != NULL));
}

/* Ends a call whose answer is a text. */
#define ASK_TEXT(sdk, ask)                                               \
    do {                                                                 \
        REQUIRE_OR_NULL(sdk, NULL_SDK);                                  \
        REQUIRE_OR_NULL(!meshos_forked(), FORKED);                       \
        struct sdk_cell *s = slot_hold(&sdk_table, (uintptr_t)(sdk));    \
        REQUIRE_OR_NULL(s, STALE_SDK);                                   \
        char *text = NULL;                                               \
        enum meshos_error error = (ask);                                 \
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

int net_meshos_ext_daemon_done(NetMeshOsHandle *handle) {
    REQUIRE_HANDLE(handle);
    HOLD_HANDLE(d, handle);
    enum meshos_error error = goDaemonDone(d);
    slot_drop(&daemon_table, d);
    return meshos_finish(error);
}

const char *net_meshos_ext_version(void) {
    return NET_MESHOS_EXT_VERSION;
}
