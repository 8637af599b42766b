/* Loads the library at run time, as a host with plug-ins does, lives a daemon's life, closes it, and all
 * once more: closing must not pull the code away under the library's own threads. */
#define _POSIX_C_SOURCE 200809L

#include <net_meshos.h>

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS(CALL)                                                                                            \
    CALL(sdk_start) CALL(sdk_free) CALL(sdk_shutdown) CALL(sdk_dropped_control_events) CALL(process_emit)      \
    CALL(snapshot_emit) CALL(register_daemon_with_vtable) CALL(register_daemon) CALL(handle_free)              \
    CALL(handle_daemon_id) CALL(handle_daemon_name) CALL(try_next_control) CALL(next_control)                  \
    CALL(publish_log) CALL(graceful_shutdown) CALL(metadata) CALL(refresh_metadata) CALL(free_string)          \
    CALL(publish_capabilities) CALL(last_error_message) CALL(last_error_kind) CALL(clear_last_error)

#define MEMBER(name) __typeof__(&net_meshos_##name) name;
struct api {
    CALLS(MEMBER)
};

struct daemon {
    const struct api *api;
    NetMeshOsHandle *handle;
    sem_t following;
    atomic_int shutdowns_heard, shutdowns_read, health_asked;
};

enum { GRACE_MS = 1000 };

static void check(int so, const char *what)
{
    if (!so) {
        fprintf(stderr, "dlopen/main.c: not so: %s\n", what);
        exit(1);
    }
}
#define CHECK(condition) check((condition), #condition)

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "dlopen/main.c: %s\n", dlerror());
        exit(1);
    }
    return found;
}

/* ISO C has no conversion from void * to a function pointer, hence the copy. */
#define LOAD(name)                                                                                             \
    do {                                                                                                       \
        void *found = symbol(library, "net_meshos_" #name);                                                    \
        memcpy(&api.name, &found, sizeof found);                                                               \
    } while (0);

static struct api load(void *library)
{
    struct api api;
    CALLS(LOAD)
    return api;
}

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    struct daemon *daemon = user_ctx;
    (void)origin_hash, (void)sequence;
    daemon->api->process_emit(emit_ctx, payload, length);
    return 0;
}

static void on_control(void *user_ctx, int kind, uint64_t grace_period_ms, float level)
{
    struct daemon *daemon = user_ctx;
    (void)level;
    if (kind == NET_MESHOS_CONTROL_SHUTDOWN && grace_period_ms == GRACE_MS)
        daemon->shutdowns_heard++;
}

static int health(void *user_ctx)
{
    struct daemon *daemon = user_ctx;
    daemon->health_asked++;
    return NET_MESHOS_HEALTH_DEGRADED;
}

static void *follow_controls(void *argument)
{
    struct daemon *daemon = argument;
    NetMeshOsDaemonControl event = {.kind = NET_MESHOS_CONTROL_UNKNOWN};
    CHECK(sem_post(&daemon->following) == 0);
    CHECK(daemon->api->next_control(daemon->handle, 60000, &event) == NET_MESHOS_OK);
    if (event.kind == NET_MESHOS_CONTROL_SHUTDOWN && event.grace_period_ms == GRACE_MS)
        daemon->shutdowns_read++;
    return NULL;
}

static void live(const struct api *api)
{
    static const NetMeshOsDaemonVtable vtable = {.process = process, .on_control = on_control, .health = health};
    const uint8_t seed[32] = {0};
    struct daemon daemon = {.api = api};
    NetMeshOsSdk *sdk = NULL;
    pthread_t controls;

    CHECK(sem_init(&daemon.following, 0, 0) == 0);
    CHECK(api->sdk_start(7, 10, 0, 0, 0, &sdk) == NET_MESHOS_OK);
    CHECK(api->register_daemon_with_vtable(sdk, "plugin", 6, seed, &vtable, &daemon, &daemon.handle) == NET_MESHOS_OK);
    CHECK(api->handle_daemon_id(daemon.handle) == 0x87482e2f287f5d52);
    CHECK(strcmp(api->handle_daemon_name(daemon.handle), "plugin") == 0);
    CHECK(api->publish_log(daemon.handle, NET_MESHOS_LOG_INFO, "loaded", 6) == NET_MESHOS_OK);
    CHECK(api->publish_log(daemon.handle, -1, "x", 1) == NET_MESHOS_ERR_INVALID_ARG);
    CHECK(strcmp(api->last_error_kind(), "invalid_log_level") == 0);
    CHECK(api->last_error_message() != NULL);
    api->clear_last_error();
    CHECK(api->last_error_kind() == NULL);
    CHECK(api->publish_capabilities(daemon.handle, "[\"a\"]", 5) == NET_MESHOS_OK);
    char *metadata = api->metadata(daemon.handle);
    CHECK(metadata && strstr(metadata, "\"daemon_name\":\"plugin\"") && strstr(metadata, "\"node_id\":7,"));
    api->free_string(metadata);

    CHECK(pthread_create(&controls, NULL, follow_controls, &daemon) == 0);
    CHECK(sem_wait(&daemon.following) == 0);
    CHECK(api->graceful_shutdown(daemon.handle, GRACE_MS) == NET_MESHOS_OK);
    CHECK(pthread_join(controls, NULL) == 0);
    CHECK(daemon.shutdowns_read == 1);
    CHECK(daemon.shutdowns_heard == 1);
    CHECK(daemon.health_asked > 0); /* a tick is 10 ms, and the grace time is 100 of them */
    api->handle_free(daemon.handle);
    CHECK(api->sdk_shutdown(sdk) == NET_MESHOS_OK);
    CHECK(api->sdk_dropped_control_events(sdk) == UINT64_MAX);
    api->sdk_free(sdk);
    CHECK(sem_destroy(&daemon.following) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s LIBRARY\n", argv[0]);
        return 2;
    }
    for (int round = 0; round < 2; round++) {
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            fprintf(stderr, "dlopen/main.c: %s\n", dlerror());
            return 1;
        }
        struct api api = load(library);
        live(&api);
        CHECK(dlclose(library) == 0);
    }
    puts("consumer-dlopen: lived and ended twice as it should");
    return 0;
}
