/* The calls on a daemon handle. Those on every event's way don't cross into
 * Go: the accessors, the receives, and metadata once it is known. */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "_cgo_export.h"
#include "checks.h"
#include "frames.h"
#include "strings.h"

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

static uint64_t unix_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message_ptr, size_t message_len) {
    REQUIRE_HANDLE(handle);
    REQUIRE(level >= NET_MESHOS_LOG_TRACE && level <= NET_MESHOS_LOG_ERROR, LOG_LEVEL);
    REQUIRE(message_ptr, NULL_MESSAGE);
    REQUIRE(message_len <= LONGEST, LENGTH);
    HOLD_HANDLE(d, handle);
    enum meshos_error error;
    CROSS(error, goPublishLog(d, unix_ns(), level, (char *)SHOWN(message_ptr, message_len), message_len));
    return release_handle(d, (uintptr_t)handle, error);
}

int net_meshos_graceful_shutdown(NetMeshOsHandle *handle, uint64_t grace_ms) {
    REQUIRE_HANDLE(handle);
    HOLD_HANDLE(d, handle);
    enum meshos_error error;
    CROSS(error, goGracefulShutdown(d, grace_ms, FRAME));
    return release_handle(d, (uintptr_t)handle, error);
}

/* The kept metadata of a held cell, asked from Go if there is none or a newer
 * one is wanted. */
static enum meshos_error metadata(struct daemon_cell *d, bool refresh, char **text) {
    bool kept = false;
    enum meshos_error error = atomic_load(&d->consumed) ? MESHOS_E_CONSUMED : MESHOS_OK;
    if (error == MESHOS_OK && !refresh)
        *text = daemon_cell_copy_text(d, &kept);
    if (error == MESHOS_OK && !kept) {
        CROSS(error, goMetadata(d, refresh));
        if (error == MESHOS_OK)
            *text = daemon_cell_copy_text(d, &kept);
    }
    if (error == MESHOS_OK && !*text)
        error = MESHOS_E_NO_MEMORY;
    return error;
}

static char *checked_metadata(const NetMeshOsHandle *handle, bool refresh) {
    REQUIRE_OR_NULL(handle, NULL_HANDLE);
    REQUIRE_OR_NULL(!meshos_forked(), FORKED);
    REQUIRE_OR_NULL(!border_is_inside(), INTERRUPTED);
    struct daemon_cell *d = slot_hold(&daemon_table, (uintptr_t)handle);
    REQUIRE_OR_NULL(d, STALE_HANDLE);
    char *text = NULL;
    enum meshos_error error = metadata(d, refresh, &text);
    if (error != MESHOS_OK)
        release_handle(d, (uintptr_t)handle, error);
    else
        slot_drop(&daemon_table, d); /* the last error stays as it was */
    return text;
}

char *net_meshos_metadata(const NetMeshOsHandle *handle) {
    return checked_metadata(handle, false);
}

char *net_meshos_refresh_metadata(NetMeshOsHandle *handle) {
    return checked_metadata(handle, true);
}

int net_meshos_publish_capabilities(NetMeshOsHandle *handle, const char *tags_json_ptr, size_t tags_json_len) {
    REQUIRE_HANDLE(handle);
    HOLD_HANDLE(d, handle);
    enum meshos_error error = MESHOS_OK;
    if (atomic_load(&d->consumed))
        error = MESHOS_E_CONSUMED;
    else if (!tags_json_ptr && tags_json_len > 0)
        error = MESHOS_E_NULL_TAGS;
    else if (tags_json_len > LONGEST)
        error = MESHOS_E_LENGTH;
    else
        CROSS(error, goPublishCapabilities(d, (char *)SHOWN(tags_json_ptr, tags_json_len), tags_json_len));
    return release_handle(d, (uintptr_t)handle, error);
}
