/* Handing events to daemons, and saying where their outputs go. */
#include "_cgo_export.h"
#include "checks.h"
#include "gather.h"
#include "run.h"
#include "stage.h"

static enum meshos_error check_payload(const NetMeshOsEvent *e) {
    if (!e->payload && e->payload_len > 0)
        return MESHOS_E_NULL_PAYLOAD;
    return e->payload_len <= LONGEST ? MESHOS_OK : MESHOS_E_LENGTH;
}

int net_meshos_ext_deliver(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *event,
                           NetMeshOsOutputFn output_fn, void *ctx) {
    enum meshos_error error;
    if (loan_deliver((uintptr_t)sdk, daemon_id, event, output_fn, ctx, &error))
        return meshos_finish(error);
    struct sdk_cell *s = slot_hold(&sdk_table, (uintptr_t)sdk);
    if (!s)
        return meshos_fail(why_no_cell(sdk, MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK));
    error = border_is_inside() ? MESHOS_E_INTERRUPTED : event ? check_payload(event) : MESHOS_E_NULL_EVENT;
    if (error == MESHOS_OK) {
        bool rough;
        uint64_t began = rough_now(&rough);
        CROSS(error, goDeliver(s, began, rough, daemon_id, event->origin_hash, event->sequence,
                               (uint8_t *)SHOWN(event->payload, event->payload_len), event->payload_len,
                               (uintptr_t)output_fn, (uintptr_t)ctx, FRAME));
    }
    slot_drop(&sdk_table, s);
    return meshos_finish(error);
}

/* What both ways to post check. */
#define REQUIRE_EVENTS(sdk, events, n)                            \
    do {                                                          \
        REQUIRE_SDK(sdk);                                         \
        REQUIRE((events) || (n) == 0, NULL_EVENT);                \
        REQUIRE((n) <= LONGEST / sizeof *(events), LENGTH);       \
        for (size_t i = 0; i < (n); i++) {                        \
            enum meshos_error bad = check_payload(&(events)[i]);  \
            if (bad)                                              \
                return meshos_fail(bad);                          \
        }                                                         \
    } while (0)

int net_meshos_ext_post_wait(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n,
                             uint64_t timeout_ms, size_t *accepted) {
    if (accepted)
        *accepted = 0;
    REQUIRE_EVENTS(sdk, events, n);
    size_t ignored;
    ASK(sdk, goPostWait(s, daemon_id, (NetMeshOsEvent *)SHOWN(events, n), n, timeout_ms,
                        accepted ? accepted : &ignored, FRAME));
}

/* What the stage does not take is Go's to accept, or to refuse with the words for it. */
static int post(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    REQUIRE_EVENTS(sdk, events, n);
    HOLD_SDK(s, sdk);
    enum meshos_error error;
    if (n != 1 || !s->meshed || !gather_post(s, daemon_id, events, accepted, &error))
        CROSS(error, goPost(s, daemon_id, (NetMeshOsEvent *)SHOWN(events, n), n, accepted));
    slot_drop(&sdk_table, s);
    return meshos_finish(error);
}

int net_meshos_ext_post(NetMeshOsSdk *sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n,
                        size_t *accepted) {
    struct staged staged = stage_post((uintptr_t)sdk, daemon_id, events, n);
    size_t more = 0;
    int status = 0;
    switch (staged.answer) {
    case STAGE_TOOK:
        status = meshos_finish(MESHOS_OK);
        break;
    case STAGE_FULL:
        status = meshos_inbox_full(daemon_id, staged.capacity, n - staged.took);
        break;
    case STAGE_ASK_GO:
        status = post(sdk, daemon_id, staged.took > 0 ? events + staged.took : events, n - staged.took, &more);
    }
    if (accepted)
        *accepted = staged.took + more;
    return status;
}

int net_meshos_ext_flush(NetMeshOsSdk *sdk, uint64_t daemon_id, uint64_t timeout_ms) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goFlush(s, daemon_id, timeout_ms, FRAME));
}

int net_meshos_ext_set_output(NetMeshOsSdk *sdk, NetMeshOsOutputFn output_fn, void *ctx) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goSetOutput(s, output_fn, (uintptr_t)ctx, FRAME));
}

int net_meshos_ext_subscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goSubscribe(s, from_daemon_id, to_daemon_id, true));
}

int net_meshos_ext_unsubscribe(NetMeshOsSdk *sdk, uint64_t from_daemon_id, uint64_t to_daemon_id) {
    REQUIRE_SDK(sdk);
    ASK(sdk, goSubscribe(s, from_daemon_id, to_daemon_id, false));
}
