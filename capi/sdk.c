/* An SDK from its start to its end. */
#include "_cgo_export.h"
#include "checks.h"
#include "start.h"

/* Takes a cell for an SDK, has `start`, which may use `s`, start it, and opens
 * the cell's handle. */
#define START(start, out)                                    \
    do {                                                     \
        REQUIRE(!border_is_inside(), INTERRUPTED);           \
        border_begin();                                      \
        enum meshos_error error = start_go();                \
        struct sdk_cell *s = NULL;                           \
        if (error == MESHOS_OK && !(s = slot_take(&sdk_table))) \
            error = MESHOS_E_NO_MEMORY;                      \
        if (s) {                                             \
            atomic_store(&s->dropped, 0);                    \
            atomic_store(&s->down, false);                   \
            atomic_store(&s->waiting.events, 0);             \
            atomic_store(&s->waiting.mark, INT64_MAX);       \
            CROSS(error, start);                             \
            if (error == MESHOS_OK)                          \
                *(out) = (NetMeshOsSdk *)slot_open(&sdk_table, s); \
            else                                             \
                start_sdk_over();                            \
            slot_drop(&sdk_table, s);                        \
        }                                                    \
        border_end();                                        \
        return meshos_finish(error);                         \
    } while (0)

int net_meshos_sdk_start(uint64_t this_node, uint64_t tick_interval_ms, size_t event_queue_capacity,
                         size_t action_queue_capacity, size_t control_capacity, NetMeshOsSdk **out) {
    REQUIRE(out, NULL_OUT);
    REQUIRE(!meshos_forked(), FORKED);
    char *config_path = (char *)start_setting("NET_MESHOS_CONFIG");
    START(goSdkStart(s, config_path, this_node, tick_interval_ms, event_queue_capacity, action_queue_capacity,
                     control_capacity),
          out);
}

int net_meshos_ext_sdk_start(const char *config_json, size_t config_len, NetMeshOsSdk **out) {
    REQUIRE(out, NULL_OUT);
    REQUIRE(config_json || config_len == 0, NULL_CONFIG);
    REQUIRE(config_len <= LONGEST, LENGTH);
    REQUIRE(!meshos_forked(), FORKED);
    START(goExtSdkStart(s, config_json && config_len == 0 ? (char *)"" : (char *)config_json, config_len), out);
}

int net_meshos_sdk_shutdown(NetMeshOsSdk *sdk) {
    REQUIRE_SDK(sdk);
    HOLD_SDK(s, sdk);
    atomic_store(&s->down, true);
    enum meshos_error error;
    CROSS(error, goSdkShutdown(s, FRAME));
    slot_drop(&sdk_table, s);
    return meshos_finish(error);
}

void net_meshos_sdk_free(NetMeshOsSdk *sdk) {
    if (refuse_interrupted())
        return;
    struct sdk_cell *s = slot_close(&sdk_table, (uintptr_t)sdk);
    if (!s)
        return;
    CROSS_SILENTLY(goSdkFree(s, FRAME));
    start_sdk_over();
    slot_drop(&sdk_table, s);
}

uint64_t net_meshos_sdk_dropped_control_events(NetMeshOsSdk *sdk) {
    struct sdk_cell *s = slot_peek(&sdk_table, (uintptr_t)sdk);
    if (!s)
        return UINT64_MAX;
    uint64_t dropped = atomic_load_explicit(&s->dropped, memory_order_relaxed);
    bool down = atomic_load_explicit(&s->down, memory_order_relaxed);
    return !down && slot_is(s, (uintptr_t)sdk) ? dropped : UINT64_MAX;
}
