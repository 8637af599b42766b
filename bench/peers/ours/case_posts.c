/* Posting: to one daemon, to many in turn, in batches, and to an inbox that is full. */
#include <semaphore.h>

#include "case.h"
#include "cases.h"
#include "daemon.h"

void case_single(void) {
    const size_t n = amount(4000000, 20000);
    struct daemon daemon = {0};
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    NetMeshOsSdk *sdk = start(NULL);
    enlist_counter(sdk, 0, false, &daemon);
    double from = now();
    for (size_t i = 0; i < n; i++) {
        number_payload(payload, i);
        event.sequence = i;
        post(sdk, daemon.id, &event);
    }
    flush(sdk, daemon.id);
    double took = now() - from;
    check(&daemon, n);
    report("single", (double)n * 1e3 / took);
    stop(sdk);
}

void case_spread(void) {
    enum { DAEMONS = 1000 };
    static struct daemon daemons[DAEMONS];
    const size_t rounds = amount(3000, 20), n = rounds * DAEMONS;
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    NetMeshOsSdk *sdk = start(NULL);
    for (size_t i = 0; i < DAEMONS; i++)
        enlist_counter(sdk, i, false, &daemons[i]);
    double from = now();
    for (size_t i = 0; i < n; i++) {
        number_payload(payload, i / DAEMONS);
        event.sequence = i;
        post(sdk, daemons[i % DAEMONS].id, &event);
    }
    flush(sdk, 0);
    double took = now() - from;
    for (size_t i = 0; i < DAEMONS; i++)
        check(&daemons[i], rounds);
    report("spread", (double)n * 1e3 / took);
    stop(sdk);
}

/* ---- By 256 ---- */

enum { BATCH = 256 };

static double post_batches(bool flushes) {
    const size_t batches = amount(40000, 200);
    static uint8_t payloads[BATCH][PAYLOAD];
    NetMeshOsEvent events[BATCH];
    struct daemon daemon = {0};
    NetMeshOsSdk *sdk = start(NULL);
    enlist_counter(sdk, 0, false, &daemon);
    double from = now();
    for (size_t b = 0; b < batches; b++) {
        for (size_t i = 0; i < BATCH; i++) {
            number_payload(payloads[i], b * BATCH + i);
            events[i] = (NetMeshOsEvent){1, b * BATCH + i, payloads[i], PAYLOAD};
        }
        for (size_t done = 0, accepted; done < BATCH; done += accepted) {
            int status = lib.ext_post(sdk, daemon.id, events + done, BATCH - done, &accepted);
            if (status != NET_MESHOS_OK && was_full("ext_post", status) && flushes)
                flush(sdk, daemon.id);
        }
    }
    flush(sdk, daemon.id);
    double took = now() - from;
    check(&daemon, batches * BATCH);
    stop(sdk);
    return (double)(batches * BATCH) * 1e3 / took;
}

void case_batch(void) {
    report("batch_flush", post_batches(true));
    report("batch_retry", post_batches(false));
}

/* ---- Refused ---- */

static sem_t gate;

static int wait_at_gate(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                        const uint8_t *payload, size_t length) {
    (void)context, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    while (sem_wait(&gate) != 0) {
    }
    sem_post(&gate);
    return 0;
}

void case_refused(void) {
    const size_t n = amount(1000000, 5000);
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    NetMeshOsSdk *sdk = start("{\"inbox_capacity\":64}");
    sem_init(&gate, 0, 0);
    uint64_t id = lib.handle_daemon_id(enlist(sdk, 0, wait_at_gate, NULL));
    /* A worker may still take some of the first out of the inbox: the daemon is full when many in a row are refused. */
    for (size_t in_a_row = 0; in_a_row < 10000;)
        in_a_row = lib.ext_post(sdk, id, &event, 1, NULL) == NET_MESHOS_OK ? 0 : in_a_row + 1;
    size_t refused = 0;
    double from = now();
    for (size_t i = 0; i < n; i++)
        refused += lib.ext_post(sdk, id, &event, 1, NULL) == NET_MESHOS_ERR_CALL_FAILED;
    double took = now() - from;
    was_full("ext_post", NET_MESHOS_ERR_CALL_FAILED);
    if (refused != n)
        fail("%zu of %zu posts were refused", refused, n);
    report("refused", took / (double)n);
    sem_post(&gate);
    flush(sdk, id);
    stop(sdk);
}
