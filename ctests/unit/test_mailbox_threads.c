/* The mailbox, many threads: readers that wait are woken, and each event goes to one. A
 * wake-up that is lost shows as a test that exceeds its time limit. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "mailbox.h"
#include "unit.h"

static struct mailbox box, answers;

static void begin(struct mailbox *m, uint64_t capacity) {
    mailbox_reset(m, capacity);
}

static void end(struct mailbox *m) {
    mailbox_reset(m, 0);
}

static bool is_none(const NetMeshOsDaemonControl *event) {
    static const NetMeshOsDaemonControl none;
    return memcmp(event, &none, sizeof none) == 0;
}

/* Returns when so many readers sleep. There is nothing to wait on for that. */
static void await_waiting(struct mailbox *m, unsigned count) {
    for (;;) {
        pthread_mutex_lock(mailbox_lock(m));
        unsigned sleepers = m->sleepers;
        pthread_mutex_unlock(mailbox_lock(m));
        if (sleepers >= count)
            return;
        sched_yield();
    }
}

/* Of no kind for which a full mailbox makes room. */
enum { PLAIN = 99 };

enum { WAITERS = 8, PRODUCERS = 4, CONSUMERS = 4, EVENTS = 6000 };

static NetMeshOsDaemonControl got[WAITERS];
static uint64_t wait_ms[WAITERS];

static void *wait_once(void *number) {
    size_t me = (size_t)(uintptr_t)number;
    memset(&got[me], 0xA5, sizeof got[me]);
    mailbox_enter(&box);
    mailbox_take(&box, wait_ms[me], &got[me]);
    mailbox_leave(&box);
    return NULL;
}

static void start_waiters(pthread_t *threads) {
    for (uintptr_t i = 0; i < WAITERS; i++) {
        wait_ms[i] = i % 2 ? 0 : UINT64_MAX;
        threads[i] = thread_start(wait_once, (void *)i);
    }
    await_waiting(&box, WAITERS);
}

static void an_end_wakes_all(void) {
    pthread_t threads[WAITERS];
    for (int round = 0; round < 20; round++) {
        begin(&box, 8);
        start_waiters(threads);
        mailbox_end(&box);
        mailbox_await_readers(&box);
        CHECK_U64(box.sleepers, 0);
        for (size_t i = 0; i < WAITERS; i++)
            CHECK(is_none(&got[i])); /* written by now */
        for (size_t i = 0; i < WAITERS; i++)
            thread_join(threads[i]);
        end(&box);
    }
}

static void each_event_wakes_one(void) {
    pthread_t threads[WAITERS];
    for (int round = 0; round < 50; round++) {
        begin(&box, WAITERS);
        start_waiters(threads);
        for (uint64_t i = 1; i <= WAITERS; i++)
            CHECK(mailbox_put(&box, &(NetMeshOsDaemonControl){1, i, 0}));
        uint64_t sum = 0;
        for (size_t i = 0; i < WAITERS; i++) {
            thread_join(threads[i]);
            CHECK_INT(got[i].kind, 1);
            sum += UINT64_C(1) << got[i].grace_period_ms;
        }
        CHECK_U64(sum, (UINT64_C(2) << WAITERS) - 2); /* each of them once */
        CHECK(mailbox_is_empty(&box));
        end(&box);
    }
}

/* One event at a time, to and fro. */
static void *answer(void *nothing) {
    (void)nothing;
    for (uint64_t i = 1; i <= EVENTS; i++) {
        NetMeshOsDaemonControl event;
        mailbox_take(&box, 0, &event);
        CHECK_U64(event.grace_period_ms, i);
        CHECK(mailbox_put(&answers, &(NetMeshOsDaemonControl){1, i, 0}));
    }
    return NULL;
}

static void no_wake_up_is_lost(void) {
    begin(&box, 1);
    begin(&answers, 1);
    pthread_t thread = thread_start(answer, NULL);
    for (uint64_t i = 1; i <= EVENTS; i++) {
        NetMeshOsDaemonControl event;
        CHECK(mailbox_put(&box, &(NetMeshOsDaemonControl){1, i, 0}));
        mailbox_take(&answers, UINT64_MAX, &event);
        CHECK_U64(event.grace_period_ms, i);
    }
    thread_join(thread);
    end(&box);
    end(&answers);
}

/* Waits that time out while events come must not take a wake-up with them. */
static atomic_uint left;

static void *take_with_short_waits(void *number) {
    struct rng r = rng_new((uintptr_t)number);
    while (atomic_load(&left) > 0) {
        NetMeshOsDaemonControl event;
        mailbox_take(&box, 1 + rng_below(&r, 2), &event);
        if (!is_none(&event))
            atomic_fetch_sub(&left, 1);
    }
    return NULL;
}

static void *take_without_limit(void *number) {
    (void)number;
    for (;;) {
        NetMeshOsDaemonControl event;
        mailbox_take(&box, 0, &event);
        if (is_none(&event))
            return NULL;
        atomic_fetch_sub(&left, 1);
    }
}

static void timeouts_lose_nothing(void) {
    struct rng r = rng_new(99);
    begin(&box, 4);
    atomic_store(&left, 1500);
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++)
        threads[i] = thread_start(i < 2 ? take_with_short_waits : take_without_limit, (void *)i);
    for (unsigned i = 0; i < 1500;) {
        if (mailbox_put(&box, &(NetMeshOsDaemonControl){PLAIN, i, 0}))
            i++;
        else
            sched_yield();
        if (rng_below(&r, 8) == 0)
            sched_yield();
    }
    for (int i = 0; i < 2; i++)
        thread_join(threads[i]); /* they end when the last event is taken */
    mailbox_end(&box);
    for (int i = 2; i < 4; i++)
        thread_join(threads[i]);
    CHECK(mailbox_is_empty(&box));
    end(&box);
}

/* Event n of producer p is p * EVENTS + n + 1. */
static unsigned char taken[PRODUCERS * EVENTS + 1];
static atomic_uint total;

static void *produce(void *number) {
    uint64_t me = (uintptr_t)number;
    for (uint64_t i = 0; i < EVENTS;) {
        if (mailbox_put(&box, &(NetMeshOsDaemonControl){PLAIN, me * EVENTS + i + 1, (float)me}))
            i++;
        else
            sched_yield();
    }
    return NULL;
}

static void *consume(void *number) {
    struct rng r = rng_new((uintptr_t)number);
    uint64_t last[PRODUCERS] = {0};
    for (;;) {
        NetMeshOsDaemonControl event;
        uint64_t way = rng_below(&r, 3);
        if (way == 0)
            mailbox_try_take(&box, &event);
        else
            mailbox_take(&box, way == 1 ? 0 : 1000, &event);
        if (is_none(&event)) {
            if (way == 1)
                return NULL; /* only the end does that */
            continue;
        }
        uint64_t n = event.grace_period_ms, from = (n - 1) / EVENTS;
        NEED(from < PRODUCERS);
        CHECK(event.kind == PLAIN && event.level == (float)from);
        CHECK(n > last[from]); /* what one producer puts comes in its order */
        last[from] = n;
        taken[n]++; /* each is of one consumer only */
        atomic_fetch_add(&total, 1);
    }
}

static void each_event_goes_to_one(void) {
    static const uint64_t capacities[] = {1, 3, 64, (UINT64_C(1) << 61) - 1};
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        unit_about("capacity %llu", (unsigned long long)capacities[c]);
        begin(&box, capacities[c]);
        memset(taken, 0, sizeof taken);
        atomic_store(&total, 0);
        pthread_t producers[PRODUCERS], consumers[CONSUMERS];
        for (uintptr_t i = 0; i < CONSUMERS; i++)
            consumers[i] = thread_start(consume, (void *)i);
        for (uintptr_t i = 0; i < PRODUCERS; i++)
            producers[i] = thread_start(produce, (void *)i);
        for (int i = 0; i < PRODUCERS; i++)
            thread_join(producers[i]);
        mailbox_end(&box);
        for (int i = 0; i < CONSUMERS; i++)
            thread_join(consumers[i]);
        CHECK_U64(atomic_load(&total), PRODUCERS * EVENTS);
        for (size_t i = 1; i <= PRODUCERS * EVENTS; i++)
            CHECK_U64(taken[i], 1);
        end(&box);
    }
}

const struct test mailbox_threads_tests[] = {
    {"mailbox: an end wakes all", an_end_wakes_all},
    {"mailbox: each event wakes one", each_event_wakes_one},
    {"mailbox: no wake-up is lost", no_wake_up_is_lost},
    {"mailbox: waits that time out lose nothing", timeouts_lose_nothing},
    {"mailbox: each event goes to one", each_event_goes_to_one},
    {NULL, NULL},
};
