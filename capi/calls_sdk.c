/* The calls on an SDK: argument checks, then Go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"
#include "cells.h"
#include "checks.h"
#include "errors.h"
#include "fork.h"
#include "frames.h"
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

/* What all registrations check first; the rest of the order is Go's. */
#define REQUIRE_DAEMON(sdk, name, name_len, seed, out) \
    do {                                               \
        REQUIRE_SDK(sdk);                              \
        REQUIRE(name, NULL_NAME);                      \
        REQUIRE(seed, NULL_SEED);                      \
        REQUIRE(out, NULL_OUT);                        \
        REQUIRE((name_len) <= LONGEST, LENGTH);        \
    } while (0)

static enum meshos_error register_in(struct sdk_cell *s, struct daemon_cell *d, const char *name, size_t name_len,
                                     const uint8_t *seed, bool has_vtable) {
    uint64_t id;
    slot_share(d); /* Go's reference, until no callback runs or will run */
    enum meshos_error error;
    CROSS(error, goRegister(s, d, (char *)SHOWN(name, name_len), name_len, (uint8_t *)seed, has_vtable, &id));
    if (error == MESHOS_OK)
        atomic_store_explicit(&d->id, id, memory_order_relaxed);
    else
        slot_drop(&daemon_table, d);
    return error;
}

/* What the host gives with a daemon. */
struct host_side {
    const NetMeshOsDaemonVtable *vtable;
    void *user_ctx;
    void (*destroy)(void *);
};

/* Ends a registration: one that fails once its arguments have passed gives the
 * daemon back to the host. What the host's function does to the last error is
 * undone. */
static int finish_registration(int status, enum meshos_error error, struct host_side host) {
    if ((status != NET_MESHOS_ERR_CALL_FAILED && status != NET_MESHOS_ERR_ALREADY_SHUTDOWN) || !host.destroy)
        return status;
    char message[MESHOS_MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", net_meshos_last_error_message());
    int cancel = cancel_off(); /* as for every callback on the caller's thread */
    host.destroy(host.user_ctx);
    cancel_restore(cancel);
    meshos_error_text(message, strlen(message));
    return meshos_finish(error);
}

static int register_daemon(NetMeshOsSdk *sdk, const char *name, size_t name_len, const uint8_t *seed,
                           struct host_side host, NetMeshOsHandle **out) {
    HOLD_SDK(s, sdk);
    enum meshos_error error = MESHOS_E_NO_MEMORY;
    border_begin();
    struct daemon_cell *d = slot_take(&daemon_table);
    if (d) {
        if (daemon_cell_fill(d, s->control_capacity, name, name_len, host.vtable, host.user_ctx, host.destroy))
            error = register_in(s, d, name, name_len, seed, host.vtable != NULL);
        if (error == MESHOS_OK)
            *out = (NetMeshOsHandle *)slot_open(&daemon_table, d);
        slot_drop(&daemon_table, d);
    }
    slot_drop(&sdk_table, s);
    border_end();
    return finish_registration(meshos_finish(error), error, host);
}

int net_meshos_register_daemon(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len, const uint8_t *seed_ptr,
                               NetMeshOsHandle **out) {
    REQUIRE_DAEMON(sdk, name_ptr, name_len, seed_ptr, out);
    return register_daemon(sdk, name_ptr, name_len, seed_ptr, (struct host_side){NULL, NULL, NULL}, out);
}

int net_meshos_register_daemon_with_vtable(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                           const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                           void *user_ctx, NetMeshOsHandle **out) {
    return net_meshos_register_daemon_with_vtable_v2(sdk, name_ptr, name_len, seed_ptr, vtable_ptr, user_ctx, NULL,
                                                     out);
}

int net_meshos_register_daemon_with_vtable_v2(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                              const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                              void *user_ctx, void (*destroy)(void *), NetMeshOsHandle **out) {
    struct host_side host = {vtable_ptr, user_ctx, destroy};
    if (sdk && meshos_forked())
        return finish_registration(meshos_fail(MESHOS_E_FORKED), MESHOS_E_FORKED, host);
    REQUIRE_DAEMON(sdk, name_ptr, name_len, seed_ptr, out);
    REQUIRE(vtable_ptr, NULL_VTABLE);
    return register_daemon(sdk, name_ptr, name_len, seed_ptr, host, out);
}
