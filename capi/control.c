/* Receiving control events, which never crosses into Go. */
#include <string.h>

#include "checks.h"

/* Whether a receive has nothing to wait for and can say so without holding the
 * cell, which costs more than the answer. */
static bool is_idle(NetMeshOsHandle *handle) {
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    return d && mailbox_is_empty(&d->mailbox) && !atomic_load_explicit(&d->consumed, memory_order_relaxed) &&
           slot_is(d, (uintptr_t)handle);
}

int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    if (out && is_idle(handle)) {
        memset(out, 0, sizeof *out);
        net_meshos_clear_last_error();
        return NET_MESHOS_OK;
    }
    REQUIRE_HANDLE(handle);
    REQUIRE(out, NULL_OUT);
    HOLD_HANDLE(d, handle);
    bool consumed = atomic_load(&d->consumed);
    if (!consumed)
        mailbox_try_take(&d->mailbox, out);
    return release_handle(d, (uintptr_t)handle, consumed ? MESHOS_E_CONSUMED : MESHOS_OK);
}

int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    REQUIRE_HANDLE(handle);
    REQUIRE(out, NULL_OUT);
    HOLD_HANDLE(d, handle);
    bool consumed = atomic_load(&d->consumed);
    if (!consumed)
        mailbox_take(&d->mailbox, timeout_ms, out);
    return release_handle(d, (uintptr_t)handle, consumed ? MESHOS_E_CONSUMED : MESHOS_OK);
}
