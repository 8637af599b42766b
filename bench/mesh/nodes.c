#define _XOPEN_SOURCE 700

#include "nodes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double now(void) { return (double)now_ns() / 1e9; }

void rest_ns(uint64_t ns)
{
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    nanosleep(&t, NULL);
}

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void ok(const char *call, int status)
{
    if (status != 0)
        fail("%s: %d %s: %s", call, status, net_meshos_last_error_kind(), net_meshos_last_error_message());
}

NetMeshOsSdk *node_start(const char *url, unsigned number, const char *more)
{
    char config[512];
    NetMeshOsSdk *sdk = NULL;
    int n = snprintf(config, sizeof config, "{\"this_node\":%u,\"mesh\":{\"servers\":[\"%s\"],\"name\":\"bench\"%s%s}}", number, url,
                     *more ? "," : "", more);
    ok("sdk_start", net_meshos_ext_sdk_start(config, (size_t)n, &sdk));
    return sdk;
}

void node_stop(NetMeshOsSdk *sdk)
{
    ok("sdk_shutdown", net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

static int process(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length)
{
    (void)origin, (void)sequence;
    struct counter *c = context;
    if (c->echo)
        net_meshos_process_emit(emit, payload, length);
    atomic_store(&c->at, now_ns());
    atomic_fetch_add(&c->count, 1);
    return 0;
}

static void snapshot(void *context, NetMeshOsSnapshotEmitCtx *emit)
{
    struct counter *c = context;
    uint64_t count = atomic_load(&c->count);
    uint8_t *state = calloc(1, sizeof count + c->ballast);
    if (!state)
        fail("out of memory");
    memcpy(state, &count, sizeof count);
    net_meshos_snapshot_emit(emit, state, sizeof count + c->ballast);
    free(state);
}

static int restore(void *context, const uint8_t *state, size_t length)
{
    struct counter *c = context;
    uint64_t count = 0;
    if (length >= sizeof count)
        memcpy(&count, state, sizeof count);
    atomic_store(&c->count, count);
    return 0;
}

void node_count(NetMeshOsSdk *sdk, struct counter *c, unsigned seed)
{
    static const NetMeshOsDaemonVtable callbacks = {.process = process, .snapshot = snapshot, .restore = restore};
    uint8_t bytes[32] = {1};
    char name[32];
    memcpy(bytes + 1, &seed, sizeof seed);
    int n = snprintf(name, sizeof name, "counter %u", seed);
    ok("register", net_meshos_register_daemon_with_vtable(sdk, name, (size_t)n, bytes, &callbacks, c, &c->handle));
    c->id = net_meshos_handle_daemon_id(c->handle);
}

void post_all(NetMeshOsSdk *sdk, uint64_t id, const NetMeshOsEvent *events, size_t n)
{
    for (size_t done = 0; done < n;) {
        size_t accepted = 0;
        int status = net_meshos_ext_post(sdk, id, events + done, n - done, &accepted);
        done += accepted;
        if (status != 0 && strcmp(net_meshos_last_error_kind(), "queue_full") != 0)
            ok("post", status);
    }
}

void wait_for(const _Atomic uint64_t *value, uint64_t least, double seconds, const char *what)
{
    double over = now() + seconds;
    while (atomic_load(value) < least) {
        if (now() > over)
            fail("%s: %" PRIu64 " of %" PRIu64 " after %g s", what, atomic_load(value), least, seconds);
        rest_ns(20000);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double percentile(double *values, size_t n, double percent)
{
    qsort(values, n, sizeof *values, by_value);
    size_t at = (size_t)((double)n * percent / 100);
    return values[at < n ? at : n - 1];
}

void figure(const char *name, double value)
{
    printf("%s %.6g\n", name, value);
    fflush(stdout);
}
