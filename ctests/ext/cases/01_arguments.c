/* What every call checks before it does anything. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "sync.h"

/* ---- The SDK ---- */

typedef int call_on_sdk(NetMeshOsSdk *sdk, uint64_t id);

static int call_deliver(NetMeshOsSdk *sdk, uint64_t id) {
    return deliver(sdk, id, 1, 1, "x");
}
static int call_post(NetMeshOsSdk *sdk, uint64_t id) {
    return post(sdk, id, 1, 1, "x");
}
static int call_flush(NetMeshOsSdk *sdk, uint64_t id) {
    return net_meshos_ext_flush(sdk, id, 1000);
}
static int call_flush_all(NetMeshOsSdk *sdk, uint64_t id) {
    (void)id;
    return net_meshos_ext_flush(sdk, 0, 1000);
}
static int call_set_output(NetMeshOsSdk *sdk, uint64_t id) {
    (void)id;
    return net_meshos_ext_set_output(sdk, NULL, NULL);
}
static int call_subscribe(NetMeshOsSdk *sdk, uint64_t id) {
    return net_meshos_ext_subscribe(sdk, id, id);
}
static int call_unsubscribe(NetMeshOsSdk *sdk, uint64_t id) {
    return net_meshos_ext_unsubscribe(sdk, id, id);
}
static int call_snapshot(NetMeshOsSdk *sdk, uint64_t id) {
    uint8_t *state;
    size_t length;
    return net_meshos_ext_snapshot(sdk, id, &state, &length);
}
static int call_restore(NetMeshOsSdk *sdk, uint64_t id) {
    return net_meshos_ext_restore(sdk, id, (const uint8_t *)"", 0);
}
static int call_enter(NetMeshOsSdk *sdk, uint64_t id) {
    (void)id;
    return net_meshos_ext_enter_maintenance(sdk, 0);
}
static int call_exit(NetMeshOsSdk *sdk, uint64_t id) {
    (void)id;
    return net_meshos_ext_exit_maintenance(sdk);
}
static int call_stop(NetMeshOsSdk *sdk, uint64_t id) {
    return net_meshos_ext_stop_daemon(sdk, id, 1);
}
static int call_restart(NetMeshOsSdk *sdk, uint64_t id) {
    return net_meshos_ext_restart_daemon(sdk, id);
}
static int call_on_log(NetMeshOsSdk *sdk, uint64_t id) {
    (void)id;
    return net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_INFO, NULL, NULL);
}
static int call_register(NetMeshOsSdk *sdk, uint64_t id) {
    static struct actor another;
    (void)id;
    another.no_destroy = true;
    return actor_register(&another, sdk, 77);
}

static const struct {
    const char *name;
    call_on_sdk *call;
    bool of_a_daemon;
} calls[] = {
    {"deliver", call_deliver, true},         {"post", call_post, true},
    {"flush", call_flush, true},             {"flush of all", call_flush_all, false},
    {"set_output", call_set_output, false},  {"subscribe", call_subscribe, true},
    {"unsubscribe", call_unsubscribe, true}, {"snapshot", call_snapshot, true},
    {"restore", call_restore, true},         {"enter_maintenance", call_enter, false},
    {"exit_maintenance", call_exit, false},  {"stop_daemon", call_stop, true},
    {"restart_daemon", call_restart, true},  {"on_log", call_on_log, false},
    {"register v2", call_register, false},
};

static void expect_of_all(NetMeshOsSdk *sdk, uint64_t id, int status, const char *kind) {
    for (size_t i = 0; i < LENGTH(calls); i++) {
        check_row("%s", calls[i].name);
        EXPECT(calls[i].call(sdk, id), status, kind);
    }
    check_row(NULL);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_ext_runtime_json(sdk), kind);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_ext_logs_json(sdk, 0, 0), kind);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_ext_daemon_json(sdk, id), kind);
}

CASE(sdk_null, "arguments: NULL for the SDK") {
    expect_of_all(NULL, NOBODY, NET_MESHOS_ERR_NULL, invalid_argument);
}

CASE(sdk_freed, "arguments: an SDK that has been freed") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    net_meshos_sdk_free(sdk);
    expect_of_all(sdk, a.id, NET_MESHOS_ERR_NULL, invalid_handle);
    NetMeshOsSdk *other = sdk_new("{}"); /* which may have its place */
    expect_of_all(sdk, a.id, NET_MESHOS_ERR_NULL, invalid_handle);
    sdk_end(other);
    ACTOR_END(&a);
}

CASE(sdk_made_up, "arguments: an SDK that never was one") {
    static const uintptr_t made_up[] = {1, 0x5a5a5a5a, (uintptr_t)1 << 52, UINTPTR_MAX};
    int local;
    for (size_t i = 0; i < LENGTH(made_up); i++)
        expect_of_all((NetMeshOsSdk *)made_up[i], NOBODY, NET_MESHOS_ERR_NULL, invalid_handle);
    expect_of_all((NetMeshOsSdk *)(void *)&local, NOBODY, NET_MESHOS_ERR_NULL, invalid_handle);
}

CASE(sdk_of_the_wrong_kind, "arguments: a daemon's handle for the SDK") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    expect_of_all((NetMeshOsSdk *)(void *)a.handle, a.id, NET_MESHOS_ERR_NULL, invalid_handle);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(sdk_shut_down, "arguments: an SDK that has been shut down") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_sdk_shutdown(sdk));
    expect_of_all(sdk, a.id, NET_MESHOS_ERR_ALREADY_SHUTDOWN, already_shutdown);
    expect_of_all(sdk, NOBODY, NET_MESHOS_ERR_ALREADY_SHUTDOWN, already_shutdown);
    net_meshos_sdk_free(sdk);
    ACTOR_END(&a);
}

CASE(sdk_before_all_else, "arguments: the SDK is checked before what else is wrong") {
    NetMeshOsSdk *sdk = sdk_new("{}");
    net_meshos_sdk_free(sdk);
    EXPECT(net_meshos_ext_deliver(sdk, 1, NULL, NULL, NULL), -1, invalid_handle);
    EXPECT(net_meshos_ext_post(sdk, 1, NULL, 1, NULL), -1, invalid_handle);
    EXPECT(net_meshos_ext_snapshot(sdk, 1, NULL, NULL), -1, invalid_handle);
    EXPECT(net_meshos_ext_restore(sdk, 1, NULL, 1), -1, invalid_handle);
    EXPECT(net_meshos_ext_on_log(sdk, 99, NULL, NULL), -1, invalid_handle);
}

/* One that was registered: a mesh knows it, keeps what is posted to it, and nobody runs it. */
static void expect_of_gone(NetMeshOsSdk *sdk, call_on_sdk *call, uint64_t id) {
    if (!in_mesh()) {
        EXPECT(call(sdk, id), NET_MESHOS_ERR_CALL_FAILED, not_found);
    } else if (call == call_post || call == call_subscribe || call == call_unsubscribe) {
        EXPECT_OK(call(sdk, id));
    } else {
        EXPECT(call(sdk, id), NET_MESHOS_ERR_CALL_FAILED, call == call_flush ? timeout : mesh_unavailable);
    }
}

CASE(unknown_daemon, "arguments: a daemon that is not registered") {
    struct actor a = {0}, gone = {0};
    mesh_keys("'request_timeout_ms': 700");
    NetMeshOsSdk *sdk = sdk_new("{}"), *other = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&gone, sdk, 2);
    ACTOR_END(&gone);
    for (size_t i = 0; i < LENGTH(calls); i++) {
        if (!calls[i].of_a_daemon)
            continue;
        check_row("%s", calls[i].name);
        EXPECT(calls[i].call(sdk, NOBODY), NET_MESHOS_ERR_CALL_FAILED, not_found);
        EXPECT(calls[i].call(sdk, UINT64_MAX), NET_MESHOS_ERR_CALL_FAILED, not_found);
        expect_of_gone(sdk, calls[i].call, gone.id);
        EXPECT(calls[i].call(other, a.id), NET_MESHOS_ERR_CALL_FAILED, not_found);
        if (calls[i].call != call_flush) /* where 0 means all */
            EXPECT(calls[i].call(sdk, 0), NET_MESHOS_ERR_CALL_FAILED, not_found);
    }
    check_row(NULL);
    EXPECT(net_meshos_ext_subscribe(sdk, a.id, NOBODY), -2, not_found);
    EXPECT(net_meshos_ext_subscribe(sdk, NOBODY, a.id), -2, not_found);
    EXPECT(net_meshos_ext_unsubscribe(sdk, a.id, NOBODY), -2, not_found);
    EXPECT(net_meshos_ext_unsubscribe(sdk, NOBODY, a.id), -2, not_found);
    ACTOR_END(&a);
    sdk_end(sdk);
    sdk_end(other);
}

/* ---- Other arguments ---- */

CASE(events, "arguments: events and payloads of deliver and post") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'max_payload_bytes': 4}");
    NetMeshOsEvent good = event(1, 0, "1234");
    const struct {
        const char *name;
        NetMeshOsEvent event;
    } bad[] = {
        {"NULL with a length", {1, 1, NULL, 1}},
        {"longer than allowed", event(1, 0, "12345")},
        {"longer than any object", {1, 1, (const uint8_t *)"x", SIZE_MAX}},
        {"NULL, longer than any object", {1, 1, NULL, SIZE_MAX}},
    };
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_deliver(sdk, a.id, NULL, NULL, NULL), -3, invalid_argument);
    for (size_t i = 0; i < LENGTH(bad); i++) {
        NetMeshOsEvent mixed[3] = {good, bad[i].event, good};
        size_t accepted = 99;
        check_row("%s", bad[i].name);
        EXPECT(net_meshos_ext_deliver(sdk, a.id, &bad[i].event, NULL, NULL), -3, invalid_argument);
        EXPECT(net_meshos_ext_post(sdk, a.id, &bad[i].event, 1, NULL), -3, invalid_argument);
        EXPECT(net_meshos_ext_post(sdk, a.id, mixed, 3, &accepted), -3, invalid_argument);
        CHECK_U64(accepted, 0);
    }
    check_row(NULL);
    size_t accepted = 99;
    EXPECT(net_meshos_ext_post(sdk, a.id, NULL, 1, &accepted), -3, invalid_argument);
    CHECK_U64(accepted, 0);
    EXPECT(net_meshos_ext_post(sdk, a.id, &good, SIZE_MAX, &accepted), -3, invalid_argument);
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), 0);
    accepted = 99;
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, NULL, 0, &accepted)); /* no events, which always have room */
    CHECK_U64(accepted, 0);
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, &good, 1, NULL));
    EXPECT_OK(net_meshos_ext_deliver(sdk, a.id, &good, NULL, NULL));
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(state_arguments, "arguments: NULL for snapshot's out and for restore's state") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    uint8_t *state = NULL;
    size_t length = 0;
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_snapshot(sdk, a.id, NULL, &length), -3, invalid_argument);
    EXPECT(net_meshos_ext_snapshot(sdk, a.id, &state, NULL), -3, invalid_argument);
    EXPECT(net_meshos_ext_restore(sdk, a.id, NULL, 1), -3, invalid_argument);
    EXPECT(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"x", SIZE_MAX), -3, invalid_argument);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, NULL, 0));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(log_level, "arguments: the level of on_log") {
    NetMeshOsSdk *sdk = sdk_new("{}");
    static const int bad[] = {-1, 5, 99, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < LENGTH(bad); i++)
        EXPECT(net_meshos_ext_on_log(sdk, bad[i], NULL, NULL), -3, invalid_log_level);
    for (int level = NET_MESHOS_LOG_TRACE; level <= NET_MESHOS_LOG_ERROR; level++)
        EXPECT_OK(net_meshos_ext_on_log(sdk, level, NULL, NULL));
    sdk_end(sdk);
}

CASE(daemon_done_handle, "arguments: the handle of daemon_done") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_daemon_done(NULL), -1, invalid_argument);
    EXPECT(net_meshos_ext_daemon_done((NetMeshOsHandle *)(uintptr_t)0x5a5a), -1, invalid_handle);
    EXPECT(net_meshos_ext_daemon_done((NetMeshOsHandle *)(void *)sdk), -1, invalid_handle);
    EXPECT(net_meshos_ext_daemon_done(a.handle), -2, invalid_state);
    NEED_OK(net_meshos_graceful_shutdown(a.handle, 1));
    EXPECT(net_meshos_ext_daemon_done(a.handle), -4, already_shutdown);
    NetMeshOsHandle *freed = a.handle;
    ACTOR_END(&a);
    EXPECT(net_meshos_ext_daemon_done(freed), -1, invalid_handle);
    sdk_end(sdk);
}

CASE(free_bytes, "arguments: free_bytes ignores what is not its own") {
    static uint8_t mine[8];
    net_meshos_ext_free_bytes(NULL, 0);
    net_meshos_ext_free_bytes(NULL, 100);
    net_meshos_ext_free_bytes(mine, sizeof mine);
    net_meshos_ext_free_bytes((uint8_t *)(uintptr_t)0x5a5a5a5a, 1);
    CHECK(net_meshos_last_error_kind() == NULL);
}

CASE(version, "version: major.minor.patch, that of the header") {
    const char *version = net_meshos_ext_version();
    CHECK_TEXT(version, NET_MESHOS_EXT_VERSION);
    CHECK(version == net_meshos_ext_version()); /* a static string */
    size_t digits = 0, dots = 0;
    for (const char *c = version; *c; c++) {
        digits += *c >= '0' && *c <= '9';
        dots += *c == '.';
    }
    CHECK_U64(dots, 2);
    CHECK_U64(digits + dots, strlen(version));
}
