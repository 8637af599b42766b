/* Events whose effect the host waits for: through a pipeline, on its own thread, and from another one. */
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "case.h"
#include "cases.h"
#include "daemon.h"

void case_pipeline(void) {
    enum { STAGES = 3 };
    const size_t n = amount(2000000, 20000);
    struct daemon stages[STAGES] = {0};
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    NetMeshOsSdk *sdk = start(NULL);
    for (size_t i = 0; i < STAGES; i++)
        enlist_counter(sdk, i, i < STAGES - 1, &stages[i]);
    for (size_t i = 1; i < STAGES; i++)
        ok("ext_subscribe", lib.ext_subscribe(sdk, stages[i - 1].id, stages[i].id));
    double from = now();
    for (size_t i = 0; i < n; i++) {
        number_payload(payload, i);
        event.sequence = i;
        post(sdk, stages[0].id, &event);
    }
    flush(sdk, 0);
    double took = now() - from;
    for (size_t i = 0; i < STAGES; i++)
        check(&stages[i], n);
    report("pipeline", (double)n * 1e3 / took);
    stop(sdk);
}

struct answers {
    uint64_t events, sum;
};

static void take(void *context, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                 const uint8_t *payload, size_t length) {
    (void)daemon, (void)in_origin, (void)in_sequence, (void)out_sequence;
    struct answers *answers = context;
    uint64_t number;
    if (length != PAYLOAD)
        fail("an answer has %zu bytes", length);
    memcpy(&number, payload, sizeof number);
    answers->events++;
    answers->sum += number;
}

void case_ask(void) {
    const size_t n = amount(300000, 2000);
    double *took = claim(n, sizeof *took);
    struct daemon daemon = {0};
    struct answers answers = {0};
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    NetMeshOsSdk *sdk = start(NULL);
    enlist_counter(sdk, 0, true, &daemon);
    for (size_t i = 0; i < n; i++) {
        number_payload(payload, i);
        event.sequence = i;
        double from = now();
        int status = lib.ext_deliver(sdk, daemon.id, &event, take, &answers);
        took[i] = now() - from;
        ok("ext_deliver", status);
    }
    check(&daemon, n);
    check_counts(n, answers.events, answers.sum);
    report("ask_p50", percentile(took, n, 0.5) / 1e3);
    report("ask_p99", percentile(took, n, 0.99) / 1e3);
    stop(sdk);
}

/* ---- From another thread ---- */

static sem_t answered;

static int answer(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                  const uint8_t *payload, size_t length) {
    (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    ++*(uint64_t *)context;
    sem_post(&answered);
    return 0;
}

static double wake(NetMeshOsSdk *sdk, uint64_t daemon, size_t n, long pause_ns) {
    double *took = claim(n, sizeof *took);
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    for (size_t i = 0; i < n; i++) {
        if (pause_ns)
            nanosleep(&(struct timespec){0, pause_ns}, NULL);
        double from = now();
        post(sdk, daemon, &event);
        while (sem_wait(&answered) != 0) {
        }
        took[i] = now() - from;
    }
    return percentile(took, n, 0.5) / 1e3;
}

void case_wake(void) {
    const size_t busy = amount(20000, 200), idle = amount(500, 5);
    uint64_t events = 0;
    NetMeshOsSdk *sdk = start(NULL);
    sem_init(&answered, 0, 0);
    uint64_t daemon = lib.handle_daemon_id(enlist(sdk, 0, answer, &events));
    report("wake", wake(sdk, daemon, busy, 0));
    report("wake_idle", wake(sdk, daemon, idle, 2000000));
    flush(sdk, daemon);
    if (events != busy + idle)
        fail("%llu of %zu events were answered", (unsigned long long)events, busy + idle);
    stop(sdk);
}
