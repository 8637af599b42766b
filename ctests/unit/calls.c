#include "calls.h"

#include <string.h>

NetMeshOsSdk *sdk;
NetMeshOsHandle *handle, *consumed;
uint64_t some_daemon_id = 9;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return 0;
}

static const NetMeshOsDaemonVtable vtable = {.process = process};
const NetMeshOsDaemonVtable *vtable_ptr = &vtable;

static NetMeshOsSdk *freed_sdk;
static NetMeshOsHandle *freed_handle;

static NetMeshOsHandle *make_daemon(void) {
    static const uint8_t seed[32] = {1};
    NetMeshOsHandle *made = NULL;
    NEED(net_meshos_register_daemon(sdk, "daemon", 6, seed, &made) == 0 && made);
    return made;
}

void calls_begin(void) {
    go_reset();
    NEED(net_meshos_sdk_start(0, 0, 0, 0, 0, &freed_sdk) == 0);
    NEED(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) == 0);
    net_meshos_sdk_free(freed_sdk);
    freed_handle = make_daemon();
    handle = make_daemon();
    consumed = make_daemon();
    daemon_cell_consume(go.daemon);
    net_meshos_handle_free(freed_handle);
    go_reset();
}

void calls_end(void) {
    go_reset();
    net_meshos_handle_free(handle);
    net_meshos_handle_free(consumed);
    net_meshos_sdk_free(sdk);
    CHECK_U64(atomic_load(&go.calls), 3);
    /* No call has kept a reference: the slots are free. */
    CHECK_U64(atomic_load(&go.daemon->slot.word) & (SLOT_OPEN | SLOT_REFERENCES), 0);
    CHECK_U64(atomic_load(&go.sdk->slot.word) & (SLOT_OPEN | SLOT_REFERENCES), 0);
}

void calls_discard(void) {
    go_reset();
    net_meshos_handle_free(handle);
    net_meshos_handle_free(consumed);
    net_meshos_sdk_free(sdk);
}

void expect(const char *file, int line, const char *call, int actual, int status, const char *kind) {
    unit_check_int(file, line, call, actual, status);
    unit_check_text(file, line, "the last error's kind", net_meshos_last_error_kind(), kind);
    unit_check(file, line, "kind and message go together", !net_meshos_last_error_message() == !kind);
}

NetMeshOsSdk *invalid_sdk(unsigned way) {
    if (way == 0)
        return freed_sdk;
    return way == 1 ? (NetMeshOsSdk *)(uintptr_t)0x1000 : (NetMeshOsSdk *)handle;
}

NetMeshOsHandle *invalid_handle(unsigned way) {
    if (way == 0)
        return freed_handle;
    return way == 1 ? (NetMeshOsHandle *)&handle : (NetMeshOsHandle *)sdk;
}

NetMeshOsSdk *sdk_unless(unsigned faults, unsigned way) {
    return faults & FAULT(0) ? NULL : faults & FAULT(1) ? invalid_sdk(way) : sdk;
}

NetMeshOsHandle *handle_unless(unsigned faults, unsigned way) {
    return faults & FAULT(0) ? NULL : faults & FAULT(1) ? invalid_handle(way) : handle;
}

NetMeshOsHandle *consumed_unless(unsigned faults, unsigned number, unsigned way) {
    return faults & FAULT(number) && !(faults & (FAULT(0) | FAULT(1))) ? consumed : handle_unless(faults, way);
}

/* The status, kind and message that an error has. */
static void check_reported(int status, enum meshos_error error) {
    const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
    bool says_which = error == MESHOS_E_LOG_LEVEL && strstr(message, " is not one of 0 (trace) to 4 (error)");
    int expected = meshos_fail(error);
    CHECK(status == expected || status == GOT_NULL);
    CHECK_TEXT(kind, net_meshos_last_error_kind());
    if (!says_which) /* see test_logs.c */
        CHECK_TEXT(message, net_meshos_last_error_message());
}

static void check_faults(const struct call_order *c, unsigned faults, unsigned way) {
    unit_about("%s, faults %#x, invalid handle %u", c->call, faults, way);
    size_t first = 0;
    while (!(faults & FAULT(first)))
        first++;
    meshos_fail(MESHOS_E_TIMEOUT);
    int status = c->make(faults, way);
    check_reported(status, c->faults[first]);
    CHECK_U64(atomic_load(&go.calls), 0);
}

void check_order(const struct call_order *c) {
    size_t count = 0;
    while (count < MOST_FAULTS && c->faults[count] != MESHOS_OK)
        count++;
    go_reset();
    for (unsigned faults = 1; faults < FAULT(count); faults++)
        for (unsigned way = 0; way < INVALID_WAYS; way++)
            check_faults(c, faults, way);
    unit_about("%s", c->call);
    CHECK_INT(c->make(0, 0), 0);
    CHECK_U64(atomic_load(&go.calls), c->export ? 1 : 0);
    CHECK_TEXT(go.last, c->export);
    go_reset();
    unit_about(NULL);
}
