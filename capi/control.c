/* Receiving control events, which never crosses into Go. */
#include <string.h>

#include "checks.h"

/* Both count as readers of the mailbox from before the check that the handle is
 * valid until *out is written, and handle_free waits for readers: once it has
 * returned, the host may do with *out what it likes. */

/* Whether there is nothing to receive. That can be said without a reference to
 * the cell, which costs more than the answer: it may be another daemon's by now. */
static bool is_idle(struct daemon_cell *d, NetMeshOsHandle *handle) {
    return mailbox_is_empty(&d->mailbox) && !atomic_load_explicit(&d->consumed, memory_order_relaxed) &&
           slot_is(d, (uintptr_t)handle);
}

static bool is_zeroed(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    if (!d)
        return false;
    mailbox_enter(&d->mailbox);
    bool idle = is_idle(d, handle);
    if (idle)
        memset(out, 0, sizeof *out);
    mailbox_leave(&d->mailbox);
    return idle;
}

/* Why nothing can be received from a held cell, or MESHOS_OK. */
static enum meshos_error check(struct daemon_cell *d, NetMeshOsHandle *handle) {
    if (!slot_is(d, (uintptr_t)handle))
        return MESHOS_E_STALE_HANDLE;
    return atomic_load(&d->consumed) ? MESHOS_E_CONSUMED : MESHOS_OK;
}

int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    if (out && is_zeroed(handle, out)) {
        net_meshos_clear_last_error();
        return NET_MESHOS_OK;
    }
    REQUIRE_HANDLE(handle);
    REQUIRE(out, NULL_OUT);
    HOLD_HANDLE(d, handle);
    mailbox_enter(&d->mailbox);
    enum meshos_error error = check(d, handle);
    if (error == MESHOS_OK)
        mailbox_try_take(&d->mailbox, out);
    mailbox_leave(&d->mailbox);
    return release_handle(d, (uintptr_t)handle, error);
}

int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    REQUIRE_HANDLE(handle);
    REQUIRE(out, NULL_OUT);
    HOLD_HANDLE(d, handle);
    mailbox_enter(&d->mailbox);
    enum meshos_error error = check(d, handle);
    if (error == MESHOS_OK)
        mailbox_take(&d->mailbox, timeout_ms, out);
    mailbox_leave(&d->mailbox);
    return release_handle(d, (uintptr_t)handle, error);
}
