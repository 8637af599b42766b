/* What a compiled program relies on: symbols, constants, layouts, and that the library means the same fields. */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "guard.h"
#include "lib.h"
#include "probe.h"
#include "report.h"
#include "suite.h"
#include "sync.h"

#define CONSTANT(name, value) _Static_assert(NET_MESHOS_##name == (value), #name)
CONSTANT(OK, 0);
CONSTANT(ERR_NULL, -1);
CONSTANT(ERR_CALL_FAILED, -2);
CONSTANT(ERR_INVALID_ARG, -3);
CONSTANT(ERR_ALREADY_SHUTDOWN, -4);
CONSTANT(CONTROL_NONE, 0);
CONSTANT(CONTROL_SHUTDOWN, 1);
CONSTANT(CONTROL_DRAIN_START, 2);
CONSTANT(CONTROL_DRAIN_FINISH, 3);
CONSTANT(CONTROL_BACKPRESSURE_ON, 4);
CONSTANT(CONTROL_BACKPRESSURE_OFF, 5);
CONSTANT(CONTROL_UNKNOWN, 99);
CONSTANT(LOG_TRACE, 0);
CONSTANT(LOG_DEBUG, 1);
CONSTANT(LOG_INFO, 2);
CONSTANT(LOG_WARN, 3);
CONSTANT(LOG_ERROR, 4);
CONSTANT(HEALTH_HEALTHY, 0);
CONSTANT(HEALTH_DEGRADED, 1);
CONSTANT(HEALTH_UNHEALTHY, 2);

#if UINTPTR_MAX == UINT64_MAX
#define OFFSET(type, field, value) _Static_assert(offsetof(type, field) == (value), #type "." #field)
OFFSET(NetMeshOsDaemonControl, kind, 0);
OFFSET(NetMeshOsDaemonControl, grace_period_ms, 8);
OFFSET(NetMeshOsDaemonControl, level, 16);
OFFSET(NetMeshOsDaemonVtable, process, 0);
OFFSET(NetMeshOsDaemonVtable, snapshot, 8);
OFFSET(NetMeshOsDaemonVtable, restore, 16);
OFFSET(NetMeshOsDaemonVtable, on_control, 24);
OFFSET(NetMeshOsDaemonVtable, health, 32);
OFFSET(NetMeshOsDaemonVtable, saturation, 40);
_Static_assert(sizeof(NetMeshOsDaemonControl) == 24, "size of NetMeshOsDaemonControl");
_Static_assert(sizeof(NetMeshOsDaemonVtable) == 48, "size of NetMeshOsDaemonVtable");
#endif

static void has_all_symbols(void) {
    for (size_t i = 0; i < LIB_BASE_CALLS; i++)
        if (!lib_has(lib_names[i]))
            report_failed("the library has no symbol %s", lib_names[i]);
}

/* The example at the top of the header, with the checks. */
static void lives_one_life(void) {
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsHandle *handle = NULL;
    NetMeshOsDaemonControl event = event_poison();
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    NEED(sdk != NULL);
    NEED_OK(net_meshos_register_daemon(sdk, "tally", 5, seed(1), &handle));
    NEED(handle != NULL);
    EXPECT_OK(net_meshos_next_control(handle, 1000, &event));
    CHECK_NO_EVENT(event);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 500));
    net_meshos_handle_free(handle);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
    EXPECT_KIND(NULL);
}

/* Calls write their out argument and nothing around it: before it are known bytes, after it is no memory. */
static void check_only_written(const struct guarded *g, size_t size) {
    CHECK(size == g->length);
    for (char *before = g->pages; before < g->bytes; before++) {
        if ((unsigned char)*before != 0xa5) {
            FAIL("the byte %zu before *out was written", (size_t)(g->bytes - before));
            return;
        }
    }
}

static void writes_handles_only(void) {
    struct guarded sdk = guard_room(sizeof(NetMeshOsSdk *)), handle = guard_room(sizeof(NetMeshOsHandle *));
    NetMeshOsSdk **sdk_out = (NetMeshOsSdk **)(void *)sdk.bytes;
    NetMeshOsHandle **handle_out = (NetMeshOsHandle **)(void *)handle.bytes;
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, sdk_out));
    NEED_OK(net_meshos_register_daemon(*sdk_out, "a", 1, seed(1), handle_out));
    check_only_written(&sdk, sizeof *sdk_out);
    check_only_written(&handle, sizeof *handle_out);
    end(*sdk_out, *handle_out);
}

static void writes_events_only(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    struct guarded room = guard_room(sizeof(NetMeshOsDaemonControl));
    NetMeshOsDaemonControl *event = (NetMeshOsDaemonControl *)(void *)room.bytes;
    EXPECT_OK(net_meshos_try_next_control(handle, event));
    CHECK_NO_EVENT(*event);
    check_only_written(&room, sizeof *event);
    *event = event_poison();
    EXPECT_OK(net_meshos_next_control(handle, 1, event));
    CHECK_NO_EVENT(*event);
    check_only_written(&room, sizeof *event);
    end(sdk, handle);
}

/* A grace time with a different value in each byte, which shows width and byte order. Nobody waits for its end. */
static void writes_event_fields(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct leaving leaving = {.handle = daemon_new(sdk, 1), .grace_ms = 0x0102030405060708};
    struct guarded room = guard_room(sizeof(NetMeshOsDaemonControl));
    NetMeshOsDaemonControl *event = (NetMeshOsDaemonControl *)(void *)room.bytes;
    pthread_t t = thread_start(leave_gracefully, &leaving);
    EXPECT_OK(net_meshos_next_control(leaving.handle, patience_ms(), event));
    int kind;
    uint64_t grace;
    float level;
    memcpy(&kind, room.bytes, sizeof kind);
    memcpy(&grace, room.bytes + offsetof(NetMeshOsDaemonControl, grace_period_ms), sizeof grace);
    memcpy(&level, room.bytes + offsetof(NetMeshOsDaemonControl, level), sizeof level);
    CHECK_INT(kind, NET_MESHOS_CONTROL_SHUTDOWN);
    CHECK_U64(grace, 0x0102030405060708);
    CHECK(level == 0.0f);
    check_only_written(&room, sizeof *event);
    net_meshos_handle_free(leaving.handle);
    THREAD_JOIN(t);
    net_meshos_sdk_free(sdk);
}

static void get_shutdown(struct probe *probe) {
    struct leaving leaving = {.handle = probe->handle, .grace_ms = LONG_GRACE_MS};
    pthread_t leaves = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&probe->controls, 1);
    net_meshos_handle_free(probe->handle);
    THREAD_JOIN(leaves);
    CHECK_INT(gauge_get(&probe->controls), 1);
    CHECK_EVENT(probe->last, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
}

/* The table written as bytes, independently of the struct: six pointers in the order of the header. */
static void calls_the_right_slots(void) {
    NetMeshOsDaemonVtable names = probe_vtable();
    unsigned char table[6 * sizeof(void (*)(void))];
    memcpy(table + 0 * sizeof names.process, &names.process, sizeof names.process);
    memcpy(table + 1 * sizeof names.process, &names.snapshot, sizeof names.snapshot);
    memcpy(table + 2 * sizeof names.process, &names.restore, sizeof names.restore);
    memcpy(table + 3 * sizeof names.process, &names.on_control, sizeof names.on_control);
    memcpy(table + 4 * sizeof names.process, &names.health, sizeof names.health);
    memcpy(table + 5 * sizeof names.process, &names.saturation, sizeof names.saturation);
    struct guarded g = guard_copy(table, sizeof table); /* reading a seventh would crash */
    const bool health = suite_shown("callbacks.polled"), saturation = suite_shown("callbacks.saturation"),
               on_control = suite_shown("graceful.on_control") && suite_shown("graceful.freed");
    if (!health && !saturation && !on_control)
        suite_skip_without("callbacks.polled"); /* no slot is seen to be used */

    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(1),
                                                   (const NetMeshOsDaemonVtable *)(const void *)g.bytes, &probe,
                                                   &probe.handle));
    if (health)
        PROBE_TICKS(&probe, 1);
    if (saturation)
        GAUGE_NEED_WITHIN(&probe.saturation, 1, ticks_ms(1));
    if (on_control)
        get_shutdown(&probe);
    else
        net_meshos_handle_free(probe.handle);
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_layout[] = {
    HEADER("layout.symbols", has_all_symbols, "abi"),
    REFERENCE("layout.one_life", lives_one_life, "life abi handles.not_null handles.owner", .sleeps = true),
    REFERENCE("layout.handles_written", writes_handles_only, "abi sdk_start.out register.out"),
    REFERENCE("layout.events_written", writes_events_only, "abi try_next.none next.timeout event.none"),
    HEADER("layout.event_fields", writes_event_fields, "abi event.fields event.kind event.milliseconds event.shutdown",
              .needs = "graceful.received graceful.freed"),
    HEADER("layout.vtable_slots", calls_the_right_slots, "abi on_control.once health.tick saturation.tick",
              .uses = "callbacks.polled callbacks.saturation graceful.on_control graceful.freed"),
    END,
};
