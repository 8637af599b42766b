#define _POSIX_C_SOURCE 200809L

#include "life.h"
#include "watch.h"

#include <net_meshos.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : wrong(#condition, __FILE__, __LINE__))
#define CHECK_OK(call) CHECK((call) == NET_MESHOS_OK)
#define CHECK_FAILS(call, status, kind) (CHECK((call) == (status)), CHECK(last_error_is(kind)))

enum { GRACE_MS = 1000 };
static const uint64_t node = 4660;
static const uint64_t id_of_counting_seed = 0x782a3238801976bf; /* of the seed 00 01 02 ... 1f */

/* What the callbacks and the control thread saw. */
struct daemon {
    struct watch watch;
    int health_asked, saturation_asked, controls, following;
    NetMeshOsDaemonControl heard, read;
    NetMeshOsHandle *handle;
};

static void wrong(const char *condition, const char *file, int line)
{
    const char *kind = net_meshos_last_error_kind();
    const char *message = net_meshos_last_error_message();
    fprintf(stderr, "%s:%d: not so: %s (last error: %s, %s)\n", file, line, condition, kind ? kind : "none",
            message ? message : "no message");
    exit(1);
}

static int last_error_is(const char *kind)
{
    const char *found = net_meshos_last_error_kind();
    const char *message = net_meshos_last_error_message();
    return found != NULL && strcmp(found, kind) == 0 && message != NULL && message[0] != '\0';
}

static void counting_seed(uint8_t seed[32])
{
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)i;
}

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    (void)user_ctx, (void)origin_hash, (void)sequence;
    net_meshos_process_emit(emit_ctx, payload, length);
    return 0;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit_ctx)
{
    (void)user_ctx;
    net_meshos_snapshot_emit(emit_ctx, (const uint8_t *)"state", strlen("state"));
}

static int restore(void *user_ctx, const uint8_t *payload, size_t length)
{
    (void)user_ctx, (void)payload, (void)length;
    return 0;
}

static void on_control(void *user_ctx, int kind, uint64_t grace_period_ms, float level)
{
    struct daemon *daemon = user_ctx;
    watch_enter(&daemon->watch);
    daemon->heard = (NetMeshOsDaemonControl){kind, grace_period_ms, level};
    daemon->controls++;
    watch_leave(&daemon->watch);
}

static int health(void *user_ctx)
{
    struct daemon *daemon = user_ctx;
    watch_count(&daemon->watch, &daemon->health_asked);
    return NET_MESHOS_HEALTH_HEALTHY;
}

static float saturation(void *user_ctx)
{
    struct daemon *daemon = user_ctx;
    watch_count(&daemon->watch, &daemon->saturation_asked);
    return 0.25f;
}

static void *follow_controls(void *argument)
{
    struct daemon *daemon = argument;
    CHECK(net_meshos_last_error_kind() == NULL);
    CHECK(net_meshos_last_error_message() == NULL);
    watch_count(&daemon->watch, &daemon->following);
    CHECK_OK(net_meshos_next_control(daemon->handle, 0, &daemon->read));
    return NULL;
}

static void check_arguments(NetMeshOsSdk *sdk, NetMeshOsHandle *handle, const uint8_t *seed)
{
    NetMeshOsHandle *other = NULL;
    NetMeshOsDaemonVtable without_process = {.health = health};
    CHECK_FAILS(net_meshos_register_daemon(sdk, "twin", 4, seed, &other), NET_MESHOS_ERR_CALL_FAILED,
                "register_failed");
    CHECK_FAILS(net_meshos_register_daemon_with_vtable(sdk, "x", 1, seed, &without_process, NULL, &other),
                NET_MESHOS_ERR_INVALID_ARG, "invalid_argument");
    CHECK(other == NULL);
    CHECK_FAILS(net_meshos_publish_log(handle, 5, "x", 1), NET_MESHOS_ERR_INVALID_ARG, "invalid_log_level");
    CHECK_FAILS(net_meshos_publish_log(NULL, NET_MESHOS_LOG_INFO, "x", 1), NET_MESHOS_ERR_NULL,
                "invalid_argument");
    CHECK_FAILS(net_meshos_publish_capabilities(handle, "[1]", 3), NET_MESHOS_ERR_INVALID_ARG,
                "invalid_argument");
    net_meshos_clear_last_error();
    CHECK(net_meshos_last_error_kind() == NULL && net_meshos_last_error_message() == NULL);
}

static void work(NetMeshOsHandle *handle, const char *name)
{
    NetMeshOsDaemonControl event = {.kind = NET_MESHOS_CONTROL_UNKNOWN};
    const char *line = "counted \xce\xb1 and \xce\xb2", *tags = "[\"hardware.gpu\",\"software.model.foo=bar\"]";
    char expected[256];

    CHECK(net_meshos_handle_daemon_id(handle) == id_of_counting_seed);
    CHECK(strcmp(net_meshos_handle_daemon_name(handle), name) == 0);
    CHECK_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_WARN, line, strlen(line)));
    CHECK_OK(net_meshos_publish_capabilities(handle, tags, strlen(tags)));
    CHECK_OK(net_meshos_publish_capabilities(handle, NULL, 0));
    CHECK_OK(net_meshos_try_next_control(handle, &event));
    CHECK(event.kind == NET_MESHOS_CONTROL_NONE);

    snprintf(expected, sizeof expected,
             "{\"daemon_id\":%" PRIu64 ",\"daemon_name\":\"%s\",\"maintenance_state\":{\"kind\":\"active\"},"
             "\"node_id\":%" PRIu64 ",\"peers\":[]}",
             id_of_counting_seed, name, node);
    char *metadata = net_meshos_metadata(handle), *refreshed = net_meshos_refresh_metadata(handle);
    CHECK(metadata != NULL && strcmp(metadata, expected) == 0);
    CHECK(refreshed != NULL && strcmp(refreshed, expected) == 0);
    net_meshos_free_string(metadata);
    net_meshos_free_string(refreshed);
    net_meshos_free_string(NULL);
}

int live(const char *name)
{
    struct daemon daemon = {.health_asked = 0};
    NetMeshOsDaemonVtable vtable = {.process = process, .snapshot = snapshot, .restore = restore,
                                    .on_control = on_control, .health = health, .saturation = saturation};
    uint8_t seed[32];
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsDaemonControl event;
    pthread_t controls;

    counting_seed(seed);
    watch_init(&daemon.watch);
    CHECK_FAILS(net_meshos_sdk_start(node, 0, 0, 0, 0, NULL), NET_MESHOS_ERR_INVALID_ARG, "invalid_argument");
    CHECK_OK(net_meshos_sdk_start(node, 10, 0, 0, 0, &sdk));
    CHECK(net_meshos_last_error_kind() == NULL);
    CHECK_OK(net_meshos_register_daemon_with_vtable(sdk, name, strlen(name), seed, &vtable, &daemon,
                                                    &daemon.handle));
    memset(&vtable, 0, sizeof vtable); /* it was copied */

    check_arguments(sdk, daemon.handle, seed);
    work(daemon.handle, name);
    CHECK(watch_reaches(&daemon.watch, &daemon.health_asked, 2));
    CHECK(watch_reaches(&daemon.watch, &daemon.saturation_asked, 2));

    CHECK(pthread_create(&controls, NULL, follow_controls, &daemon) == 0);
    CHECK(watch_reaches(&daemon.watch, &daemon.following, 1));
    CHECK_OK(net_meshos_graceful_shutdown(daemon.handle, GRACE_MS));
    CHECK(pthread_join(controls, NULL) == 0);
    CHECK(daemon.read.kind == NET_MESHOS_CONTROL_SHUTDOWN && daemon.read.grace_period_ms == GRACE_MS);
    CHECK(daemon.controls == 1);
    CHECK(daemon.heard.kind == NET_MESHOS_CONTROL_SHUTDOWN && daemon.heard.grace_period_ms == GRACE_MS);

    CHECK_FAILS(net_meshos_next_control(daemon.handle, 1, &event), NET_MESHOS_ERR_ALREADY_SHUTDOWN,
                "already_shutdown");
    CHECK(net_meshos_metadata(daemon.handle) == NULL && last_error_is("already_shutdown"));
    CHECK(net_meshos_handle_daemon_id(daemon.handle) == id_of_counting_seed);
    net_meshos_handle_free(daemon.handle);
    net_meshos_handle_free(NULL);

    CHECK(net_meshos_sdk_dropped_control_events(sdk) == 0);
    CHECK_OK(net_meshos_sdk_shutdown(sdk));
    CHECK_FAILS(net_meshos_sdk_shutdown(sdk), NET_MESHOS_ERR_ALREADY_SHUTDOWN, "already_shutdown");
    CHECK(net_meshos_sdk_dropped_control_events(sdk) == UINT64_MAX);
    net_meshos_sdk_free(sdk);
    net_meshos_sdk_free(NULL);
    watch_destroy(&daemon.watch);
    printf("%s: lived and ended as it should\n", name);
    return 0;
}
