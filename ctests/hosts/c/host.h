/* What the C hosts share: a check that ends the program, a daemon that echoes, and one round of every call. */
#ifndef HOSTS_HOST_H
#define HOSTS_HOST_H

#include <net_meshos_ext.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline _Noreturn void host_fail(const char *file, int line, const char *what) {
    const char *kind = net_meshos_last_error_kind();
    fprintf(stderr, "%s:%d: not so: %s (last error: %s)\n", file, line, what, kind ? kind : "none");
    exit(1);
}

#define CHECK(so) ((so) ? (void)0 : host_fail(__FILE__, __LINE__, #so))

static inline bool last_kind_is(const char *kind) {
    const char *found = net_meshos_last_error_kind();
    return found && strcmp(found, kind) == 0;
}

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Far more than any wait in these programs takes; running into it is a hang. */
#define DEADLINE_S 60.0

/* Waits for what another thread, or a signal handler, will make true. */
#define AWAIT(so)                                                        \
    do {                                                                 \
        const double await_end = seconds_now() + DEADLINE_S;             \
        while (!(so)) {                                                  \
            if (seconds_now() > await_end)                               \
                host_fail(__FILE__, __LINE__, #so " within a minute");   \
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);      \
        }                                                                \
    } while (0)

static inline int host_echo(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                            const uint8_t *payload, size_t len) {
    (void)ctx, (void)origin, (void)sequence;
    net_meshos_process_emit(emit, payload, len);
    return 0;
}

static inline void host_snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    (void)ctx;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
}

static inline int host_restore(void *ctx, const uint8_t *state, size_t len) {
    (void)ctx;
    return len == 5 && memcmp(state, "state", 5) == 0 ? 0 : 1;
}

static inline void host_count_output(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence,
                                     uint64_t out_sequence, const uint8_t *payload, size_t len) {
    (void)daemon, (void)in_origin, (void)in_sequence, (void)out_sequence;
    if (len == 5 && memcmp(payload, "hello", 5) == 0)
        ++*(int *)ctx;
}

static const NetMeshOsDaemonVtable host_table = {
    .process = host_echo, .snapshot = host_snapshot, .restore = host_restore};

static const NetMeshOsEvent host_hello = {1, 2, (const uint8_t *)"hello", 5};

/* Seeds that differ from each other, and those of different programs alike. */
static inline NetMeshOsHandle *host_register(NetMeshOsSdk *sdk, const NetMeshOsDaemonVtable *table, void *ctx) {
    static atomic_uint_least64_t last;
    uint8_t seed[32] = {7};
    const uint64_t number = atomic_fetch_add(&last, 1);
    memcpy(seed + 8, &number, sizeof number);
    NetMeshOsHandle *handle = NULL;
    CHECK(net_meshos_register_daemon_with_vtable(sdk, "host", 4, seed, table, ctx, &handle) == NET_MESHOS_OK);
    return handle;
}

/* A daemon's life, in which every answer is checked. */
static inline void host_round(NetMeshOsSdk *sdk) {
    NetMeshOsHandle *handle = host_register(sdk, &host_table, NULL);
    const uint64_t id = net_meshos_handle_daemon_id(handle);
    int outputs = 0;
    CHECK(net_meshos_ext_deliver(sdk, id, &host_hello, host_count_output, &outputs) == NET_MESHOS_OK);
    CHECK(outputs == 1);
    const NetMeshOsEvent events[2] = {host_hello, host_hello};
    size_t accepted = 0;
    CHECK(net_meshos_ext_post(sdk, id, events, 2, &accepted) == NET_MESHOS_OK && accepted == 2);
    CHECK(net_meshos_ext_flush(sdk, id, 0) == NET_MESHOS_OK);

    uint8_t *state = NULL;
    size_t len = 0;
    CHECK(net_meshos_ext_snapshot(sdk, id, &state, &len) == NET_MESHOS_OK && len == 5);
    CHECK(net_meshos_ext_restore(sdk, id, state, len) == NET_MESHOS_OK);
    net_meshos_ext_free_bytes(state, len);

    NetMeshOsDaemonControl control;
    CHECK(net_meshos_next_control(handle, 1, &control) == NET_MESHOS_OK);
    const int logged = net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "line", 4);
    CHECK(logged == NET_MESHOS_OK || last_kind_is("queue_full"));
    CHECK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5) == NET_MESHOS_OK);
    CHECK(net_meshos_publish_capabilities(handle, "[a", 2) == NET_MESHOS_ERR_INVALID_ARG);
    char *text = net_meshos_refresh_metadata(handle);
    CHECK(text && strstr(text, "\"daemon_name\":\"host\""));
    net_meshos_free_string(text);
    text = net_meshos_ext_runtime_json(sdk);
    CHECK(text && text[0] == '{');
    net_meshos_free_string(text);
    CHECK(net_meshos_graceful_shutdown(handle, 1) == NET_MESHOS_OK);
    net_meshos_handle_free(handle);
}

static inline NetMeshOsSdk *host_start(void) {
    NetMeshOsSdk *sdk = NULL;
    CHECK(net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk) == NET_MESHOS_OK);
    return sdk;
}

static inline void host_end(NetMeshOsSdk *sdk) {
    CHECK(net_meshos_sdk_shutdown(sdk) == NET_MESHOS_OK);
    net_meshos_sdk_free(sdk);
}

/* Threads that make rounds until host_stop is set. */
#define HOST_THREADS 8
static atomic_bool host_stop;
static atomic_long host_rounds;

static inline void *host_caller(void *sdk) {
    while (!atomic_load(&host_stop)) {
        host_round(sdk);
        atomic_fetch_add(&host_rounds, 1);
    }
    return NULL;
}

static inline void host_callers_begin(pthread_t *threads, NetMeshOsSdk *sdk) {
    for (int i = 0; i < HOST_THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, host_caller, sdk) == 0);
}

static inline void host_callers_end(pthread_t *threads) {
    atomic_store(&host_stop, true);
    for (int i = 0; i < HOST_THREADS; i++)
        pthread_join(threads[i], NULL);
}

#endif
