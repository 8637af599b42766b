/* A daemon's handle: what it says of the daemon, and the daemon's end. */
#include "_cgo_export.h"
#include "checks.h"

void net_meshos_handle_free(NetMeshOsHandle *handle) {
    if (refuse_interrupted())
        return;
    struct daemon_cell *d = slot_close(&daemon_table, (uintptr_t)handle);
    if (!d)
        return;
    CROSS_SILENTLY(goHandleFree(d, FRAME));
    mailbox_end(&d->mailbox); /* Go has done so, unless it has a defect */
    mailbox_await_readers(&d->mailbox);
    slot_drop(&daemon_table, d);
}

/* Says why an accessor has no answer; it leaves the pair alone for NULL. */
static void no_answer(const NetMeshOsHandle *handle) {
    if (handle)
        meshos_fail(meshos_forked() ? MESHOS_E_FORKED : MESHOS_E_STALE_HANDLE);
}

uint64_t net_meshos_handle_daemon_id(const NetMeshOsHandle *handle) {
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    if (d) {
        uint64_t id = atomic_load_explicit(&d->id, memory_order_relaxed);
        if (slot_is(d, (uintptr_t)handle))
            return id;
    }
    no_answer(handle);
    return 0;
}

const char *net_meshos_handle_daemon_name(const NetMeshOsHandle *handle) {
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    if (d) {
        const char *name = atomic_load_explicit(&d->name, memory_order_relaxed);
        if (slot_is(d, (uintptr_t)handle))
            return name;
    }
    no_answer(handle);
    return NULL;
}

int net_meshos_ext_daemon_done(NetMeshOsHandle *handle) {
    REQUIRE_HANDLE(handle);
    ASK_HANDLE(handle, goDaemonDone(d));
}

int net_meshos_graceful_shutdown(NetMeshOsHandle *handle, uint64_t grace_ms) {
    REQUIRE_HANDLE(handle);
    ASK_HANDLE(handle, goGracefulShutdown(d, grace_ms, FRAME));
}
