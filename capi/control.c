/* Receiving control events, which never crosses into Go.
 *
 * A receive counts itself among the mailbox's readers from before it finds its
 * handle valid until *out is written, and handle_free waits for readers: once
 * that has returned, the host may do with *out what it likes. A receive needs no
 * reference to the cell besides. */
#include <string.h>

#include "checks.h"

/* Finds a handle's cell and counts among its readers. Until that is done the cell
 * may become another daemon's, which doesn't mind a reader more. */
static inline enum meshos_error enter(NetMeshOsHandle *handle, struct daemon_cell **cell) {
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    if (!d)
        return why_no_cell(handle, MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE);
    mailbox_enter(&d->mailbox);
    *cell = d;
    if (slot_is(d, (uintptr_t)handle))
        return MESHOS_OK;
    mailbox_leave(&d->mailbox);
    return MESHOS_E_STALE_HANDLE;
}

static enum meshos_error check(struct daemon_cell *d, NetMeshOsHandle *handle, const NetMeshOsDaemonControl *out) {
    if (!out)
        return MESHOS_E_NULL_OUT;
    if (!atomic_load_explicit(&d->consumed, memory_order_relaxed))
        return MESHOS_OK;
    return slot_is(d, (uintptr_t)handle) ? MESHOS_E_CONSUMED : MESHOS_E_STALE_HANDLE; /* freed meanwhile */
}

/* What a signal handler gets that has interrupted a call of its thread. */
static enum meshos_error refusal(NetMeshOsHandle *handle) {
    if (!slot_peek(&daemon_table, (uintptr_t)handle))
        return why_no_cell(handle, MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE);
    return MESHOS_E_INTERRUPTED;
}

/* Most receives find nothing. That is said in a fraction of the time. */
static bool finds_nothing(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    if (!d || !mailbox_enter_quickly(&d->mailbox))
        return false;
    bool nothing = mailbox_is_empty(&d->mailbox) &&
                   !atomic_load_explicit(&d->consumed, memory_order_relaxed) && slot_is(d, (uintptr_t)handle);
    if (nothing)
        memset(out, 0, sizeof *out);
    mailbox_leave_quickly(&d->mailbox);
    return nothing;
}

/* Takes an event if one waits, or waits for one. */
static enum meshos_error receive(NetMeshOsHandle *handle, bool wait, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    struct daemon_cell *d;
    enum meshos_error error = enter(handle, &d);
    if (error)
        return error;
    error = check(d, handle, out);
    if (error == MESHOS_OK && wait)
        mailbox_take(&d->mailbox, timeout_ms, out);
    else if (error == MESHOS_OK)
        mailbox_try_take(&d->mailbox, out);
    mailbox_leave(&d->mailbox);
    return error;
}

int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    if (border_is_inside())
        return meshos_fail(refusal(handle));
    border_begin();
    enum meshos_error error = out && finds_nothing(handle, out) ? MESHOS_OK : receive(handle, false, 0, out);
    border_end();
    return meshos_finish(error);
}

int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    if (border_is_inside())
        return meshos_fail(refusal(handle));
    border_begin();
    enum meshos_error error = receive(handle, true, timeout_ms, out);
    border_end();
    return meshos_finish(error);
}
