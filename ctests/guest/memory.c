/* Memory that stays. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>

#include "guest.h"

#if defined __GLIBC__ && __GLIBC_PREREQ(2, 33)

enum { DAEMONS = 200, LARGE = 60000, KEPT = 1 << 20, TABLES = 1 << 18 };

static pthread_barrier_t all;
static const uint8_t bytes[LARGE];

static int emit_with_all(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                         const uint8_t *payload, size_t len) {
    (void)ctx, (void)origin, (void)sequence;
    net_meshos_process_emit(emit, payload, len);
    pthread_barrier_wait(&all);
    return 0;
}

static void count_output(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                         const uint8_t *payload, size_t len) {
    (void)daemon, (void)in_origin, (void)in_sequence, (void)out_sequence, (void)payload;
    __atomic_fetch_add((size_t *)ctx, len, __ATOMIC_SEQ_CST);
}

/* Each daemon is in its callback at the same time, with so large an output. */
static size_t used_after(NetMeshOsSdk *sdk, NetMeshOsHandle *const *daemons, size_t length) {
    for (int i = 0; i < DAEMONS; i++) {
        const NetMeshOsEvent event = {1, 1, bytes, length};
        size_t accepted;
        OK(net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(daemons[i]), &event, 1, &accepted));
    }
    for (int i = 0; i < DAEMONS; i++)
        OK(net_meshos_ext_flush(sdk, net_meshos_handle_daemon_id(daemons[i]), 60000));
    return mallinfo2().uordblks;
}

static void outputs_keep_a_megabyte(void) {
    static NetMeshOsHandle *daemons[DAEMONS];
    static const NetMeshOsDaemonVtable vtable = {.process = emit_with_all};
    size_t emitted = 0;
    NetMeshOsSdk *sdk = start();
    OK(net_meshos_ext_set_output(sdk, count_output, &emitted));
    pthread_barrier_init(&all, NULL, DAEMONS);
    for (uint64_t i = 0; i < DAEMONS; i++)
        daemons[i] = daemon_with(sdk, i, &vtable, NULL);
    const size_t before = used_after(sdk, daemons, 1);
    const size_t after = used_after(sdk, daemons, LARGE);
    NEED(emitted == DAEMONS * (LARGE + (size_t)1));
    printf("%zu KB more\n", after > before ? (after - before) / 1024 : 0);
    NEED(after < before + KEPT + TABLES);
    OK(net_meshos_sdk_shutdown(sdk));
    for (int i = 0; i < DAEMONS; i++)
        net_meshos_handle_free(daemons[i]);
    net_meshos_sdk_free(sdk);
}

#else

static void outputs_keep_a_megabyte(void) { skip("this C library doesn't tell how much memory is in use"); }

#endif

const struct test memory_tests[] = {
    {"memory: of many outputs at once a megabyte is kept", outputs_keep_a_megabyte},
    {NULL, NULL},
};
