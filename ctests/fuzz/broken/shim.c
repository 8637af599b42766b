/* A library that keeps all promises but the one named by -DBREAK_…: calls that it doesn't define are found in the
 * real library, which it is linked with. The fuzzer must say so. */
#include <net_meshos_ext.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    static void *_Atomic opened;
    if (!opened)
        opened = dlopen(REAL_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    return dlsym(opened, name);
}

#if defined BREAK_ORDER || defined BREAK_LOST_EVENT || defined BREAK_CONTENT || defined BREAK_ACCEPTED
int net_meshos_ext_post(NetMeshOsSdk *sdk, uint64_t id, const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    NetMeshOsEvent *copy = malloc((n + 1) * sizeof *copy);
    uint8_t *payload = NULL;
    if (n)
        memcpy(copy, events, n * sizeof *copy);
    size_t sent = n;
#ifdef BREAK_ORDER
    if (n >= 2)
        copy[0] = events[1], copy[1] = events[0];
#elif defined BREAK_LOST_EVENT
    sent = n ? n - 1 : 0;
#elif defined BREAK_CONTENT
    if (n && events[0].payload && events[0].payload_len < 1000) {
        payload = malloc(events[0].payload_len);
        memcpy(payload, events[0].payload, events[0].payload_len);
        payload[events[0].payload_len / 2] ^= 1;
        copy[0].payload = payload;
    }
#endif
    const int status = REAL(net_meshos_ext_post)(sdk, id, copy, sent, accepted);
#ifdef BREAK_ACCEPTED
    if (status == NET_MESHOS_OK && accepted && *accepted)
        --*accepted;
#else
    if (status == NET_MESHOS_OK && accepted)
        *accepted = n;
#endif
    free(copy);
    free(payload);
    return status;
}
#endif

#ifdef BREAK_NUMBERS
static _Thread_local NetMeshOsOutputFn wanted;
static void one_too_many(void *ctx, uint64_t daemon, uint64_t origin, uint64_t sequence, uint64_t number,
                         const uint8_t *payload, size_t len) {
    wanted(ctx, daemon, origin, sequence, number + (number > 3), payload, len);
}
int net_meshos_ext_deliver(NetMeshOsSdk *sdk, uint64_t id, const NetMeshOsEvent *event, NetMeshOsOutputFn fn, void *ctx) {
    const NetMeshOsOutputFn before = wanted;
    wanted = fn;
    const int status = REAL(net_meshos_ext_deliver)(sdk, id, event, fn ? one_too_many : NULL, ctx);
    wanted = before;
    return status;
}
#endif

#if defined BREAK_DESTROY_TWICE || defined BREAK_DESTROY_NEVER || defined BREAK_OVERLAP
static void (*destroy_real)(void *);
static NetMeshOsDaemonVtable table_real;
static void destroy_twice(void *ctx) {
    destroy_real(ctx);
    destroy_real(ctx);
}
static _Thread_local void *running; /* the daemon whose callback this thread is in */
static int interruptible(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                         const uint8_t *payload, size_t len) {
    void *const before = running;
    running = ctx;
    const int status = table_real.process(ctx, emit, origin, sequence, payload, len);
    running = before;
    return status;
}
#ifdef BREAK_OVERLAP
static void *on_another_thread(void *ctx) {
    table_real.process(ctx, NULL, 1000, 1, NULL, 0);
    return NULL;
}
void net_meshos_process_emit(NetMeshOsProcessEmitCtx *emit, const uint8_t *payload, size_t len) {
    pthread_t thread;
    if (running && pthread_create(&thread, NULL, on_another_thread, running) == 0)
        pthread_join(thread, NULL);
    REAL(net_meshos_process_emit)(emit, payload, len);
}
#endif
int net_meshos_register_daemon_with_vtable_v2(NetMeshOsSdk *sdk, const char *name, size_t len, const uint8_t *seed,
                                              const NetMeshOsDaemonVtable *table, void *ctx, void (*destroy)(void *),
                                              NetMeshOsHandle **out) {
    NetMeshOsDaemonVtable copy = {0};
    destroy_real = destroy;
    if (table)
        table_real = copy = *table;
    (void)destroy_twice, (void)interruptible;
#ifdef BREAK_DESTROY_TWICE
    destroy = destroy_twice;
#elif defined BREAK_DESTROY_NEVER
    destroy = NULL;
#else
    copy.process = interruptible;
#endif
    return REAL(net_meshos_register_daemon_with_vtable_v2)(sdk, name, len, seed, table ? &copy : NULL, ctx, destroy, out);
}
#endif

#ifdef BREAK_LATE
static void *free_later(void *handle) {
    REAL(net_meshos_handle_free)(handle);
    return NULL;
}
void net_meshos_handle_free(NetMeshOsHandle *handle) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, free_later, handle) == 0)
        pthread_detach(thread);
}
#endif

#ifdef BREAK_OUT
int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    const int status = REAL(net_meshos_next_control)(handle, timeout_ms, out);
    if (status != NET_MESHOS_OK && out)
        memset(out, 0, sizeof *out);
    return status;
}
#endif

#ifdef BREAK_KIND
int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message, size_t len) {
    const int status = REAL(net_meshos_publish_log)(handle, level, message, len);
    net_meshos_clear_last_error();
    return status;
}
#endif

#ifdef BREAK_STATUS
int net_meshos_ext_flush(NetMeshOsSdk *sdk, uint64_t id, uint64_t timeout_ms) {
    const int status = REAL(net_meshos_ext_flush)(sdk, id, timeout_ms);
    return status == NET_MESHOS_ERR_NULL ? NET_MESHOS_ERR_INVALID_ARG : status;
}
#endif

#ifdef BREAK_STALE
char *net_meshos_metadata(const NetMeshOsHandle *handle) {
    char *text = REAL(net_meshos_metadata)(handle);
    if (!text && handle)
        memset((void *)handle, 0, 16);
    return text;
}
#endif

#ifdef BREAK_SNAPSHOT
int net_meshos_ext_snapshot(NetMeshOsSdk *sdk, uint64_t id, uint8_t **out, size_t *out_len) {
    const int status = REAL(net_meshos_ext_snapshot)(sdk, id, out, out_len);
    if (status == NET_MESHOS_OK)
        *out = NULL, *out_len = 0;
    return status;
}
#endif

#ifdef BREAK_LOG
static NetMeshOsLogFn log_real;
static void log_twice(void *ctx, uint64_t seq, uint64_t ms, int level, uint64_t daemon, const char *message, size_t len) {
    log_real(ctx, seq, ms, level, daemon, message, len);
    log_real(ctx, seq, ms, level, daemon, message, len);
}
int net_meshos_ext_on_log(NetMeshOsSdk *sdk, int level, NetMeshOsLogFn fn, void *ctx) {
    log_real = fn ? fn : log_real;
    return REAL(net_meshos_ext_on_log)(sdk, level, fn ? log_twice : NULL, ctx);
}
#endif

#ifdef BREAK_REPLACED
int net_meshos_ext_set_output(NetMeshOsSdk *sdk, NetMeshOsOutputFn fn, void *ctx) {
    if (!fn) {
        char *text = REAL(net_meshos_ext_runtime_json)(sdk);
        const int status = text ? NET_MESHOS_OK : REAL(net_meshos_ext_set_output)(sdk, fn, ctx);
        REAL(net_meshos_free_string)(text);
        if (status == NET_MESHOS_OK)
            net_meshos_clear_last_error();
        return status;
    }
    return REAL(net_meshos_ext_set_output)(sdk, fn, ctx);
}
#endif
