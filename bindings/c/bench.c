/* What calls cost from C, which the bindings are compared with. Prints "name value unit" lines. */
#include <net_meshos_ext.h>

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVENTS = 50000, BATCH = 256, CALLS = 200000, ROUNDS = 20 };

/* The first event of a round is held while the posts are timed, so that nothing else uses the processors. */
static sem_t entered, gate;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t len) {
    (void)ctx, (void)emit, (void)sequence, (void)payload, (void)len;
    if (origin == 0) {
        sem_post(&entered);
        sem_wait(&gate);
    }
    return 0;
}

static void check(int status) {
    if (status != NET_MESHOS_OK) {
        fprintf(stderr, "%s: %s\n", net_meshos_last_error_kind(), net_meshos_last_error_message());
        exit(1);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *daemon_handle;
static uint64_t id;

static NetMeshOsEvent event(uint64_t origin, uint64_t sequence) {
    return (NetMeshOsEvent){origin, sequence, (const uint8_t *)"sixteen bytes ok", 16};
}

static void single(void) {
    for (uint64_t i = 0; i < EVENTS; i++) {
        const NetMeshOsEvent e = event(1, i);
        check(net_meshos_ext_post(sdk, id, &e, 1, NULL));
    }
}

static void batches(void) {
    NetMeshOsEvent batch[BATCH];
    for (uint64_t first = 0; first + BATCH <= EVENTS; first += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++)
            batch[i] = event(1, first + i);
        check(net_meshos_ext_post(sdk, id, batch, BATCH, NULL));
    }
}

static void receive(void) {
    NetMeshOsDaemonControl control;
    for (int i = 0; i < CALLS; i++)
        check(net_meshos_try_next_control(daemon_handle, &control));
}

/* Seconds of the fastest round. */
static double best(void (*run)(void), int held) {
    double least = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        if (held) {
            const NetMeshOsEvent first = event(0, 0);
            check(net_meshos_ext_post(sdk, id, &first, 1, NULL));
            sem_wait(&entered);
        }
        const double begin = now();
        run();
        const double took = now() - begin;
        least = took < least ? took : least;
        if (held) {
            sem_post(&gate);
            check(net_meshos_ext_flush(sdk, id, 0));
        }
    }
    return least;
}

int main(void) {
    const uint8_t seed[32] = {1};
    const NetMeshOsDaemonVtable table = {.process = process};
    sem_init(&entered, 0, 0);
    sem_init(&gate, 0, 0);
    check(net_meshos_ext_sdk_start(NULL, 0, &sdk));
    check(net_meshos_register_daemon_with_vtable(sdk, "bench", 5, seed, &table, NULL, &daemon_handle));
    id = net_meshos_handle_daemon_id(daemon_handle);
    printf("post %.0f events/s\n", EVENTS / best(single, 1));
    printf("post_batch_%d %.0f events/s\n", BATCH, EVENTS / BATCH * BATCH / best(batches, 1));
    printf("try_next_control %.1f ns\n", best(receive, 0) / CALLS * 1e9);
    net_meshos_handle_free(daemon_handle);
    net_meshos_sdk_free(sdk);
}
