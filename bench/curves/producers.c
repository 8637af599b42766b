/* 1 to 8 threads that post, one event a call, to one daemon or to eight in turn. */
#include <pthread.h>

#include "case.h"
#include "curves.h"
#include "daemon.h"

enum { MOST = 8 };

struct work {
    NetMeshOsSdk *sdk;
    struct daemon *daemons;
    size_t count, events;
    pthread_barrier_t *begin;
};

static void *produce(void *context) {
    const struct work *work = context;
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    pthread_barrier_wait(work->begin);
    for (size_t i = 0; i < work->events; i++) {
        number_payload(payload, i);
        event.sequence = i;
        post(work->sdk, work->daemons[i % work->count].id, &event);
    }
    return NULL;
}

static double rate(size_t producers, size_t count) {
    const size_t events = amount(2000000, 8000) / producers / count * count;
    struct daemon daemons[MOST] = {0};
    pthread_t threads[MOST];
    pthread_barrier_t begin;
    NetMeshOsSdk *sdk = start(NULL);
    for (size_t i = 0; i < count; i++)
        enlist_counter(sdk, i, false, &daemons[i]);
    struct work work = {sdk, daemons, count, events, &begin};
    pthread_barrier_init(&begin, NULL, (unsigned)producers + 1);
    for (size_t i = 0; i < producers; i++)
        if (pthread_create(&threads[i], NULL, produce, &work) != 0)
            fail("a thread can't be made");
    pthread_barrier_wait(&begin);
    double from = now();
    for (size_t i = 0; i < producers; i++)
        pthread_join(threads[i], NULL);
    flush(sdk, 0);
    double took = now() - from;
    uint64_t found = 0, sum = 0;
    for (size_t i = 0; i < count; i++) {
        found += daemons[i].events;
        sum += daemons[i].sum;
    }
    if (found != events * producers || sum != events * (events - 1) / 2 * producers)
        fail("%zu events were posted and %llu processed", events * producers, (unsigned long long)found);
    pthread_barrier_destroy(&begin);
    stop(sdk);
    return (double)(events * producers) * 1e3 / took;
}

void curve_producers_1(void) {
    for (size_t producers = 1; producers <= MOST; producers *= 2)
        point("producers_1", producers, rate(producers, 1));
}

void curve_producers_8(void) {
    for (size_t producers = 1; producers <= MOST; producers *= 2)
        point("producers_8", producers, rate(producers, MOST));
}
