/* Many threads of the host in the library. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"
#include "self.h"

/* ---- Two threads that call at once ---- */

enum { PAIR = 2 };

struct caller {
    _Alignas(64) NetMeshOsHandle *daemon;
    uint64_t began, ended;
    size_t calls;
};

static struct caller pair[PAIR];
static pthread_barrier_t together;

void try_next_two_setup(void) {
    NetMeshOsSdk *sdk = fixture_sdk(0, 0);
    pthread_barrier_init(&together, NULL, PAIR);
    for (int i = 0; i < PAIR; i++)
        pair[i].daemon = fixture_daemon(sdk);
}

static void *call_for_a_while(void *arg) {
    enum { CALLS_PER_LOOK = 4096 };
    struct caller *c = arg;
    NetMeshOsDaemonControl control;
    uint64_t span = child_span(50 * MS);
    c->calls = 0;
    pthread_barrier_wait(&together);
    c->began = now_ns();
    do {
        for (int i = 0; i < CALLS_PER_LOOK; i++)
            lib.try_next_control(c->daemon, &control);
        c->calls += CALLS_PER_LOOK;
        c->ended = now_ns();
    } while (c->ended - c->began < span);
    return NULL;
}

/* Both threads call for the same time; all calls of the process count. */
void try_next_two_round(void) {
    pthread_t threads[PAIR];
    double calls_per_ns = 0;
    for (int i = 0; i < PAIR; i++)
        if (pthread_create(&threads[i], NULL, call_for_a_while, &pair[i]) != 0)
            child_fail("no thread");
    for (int i = 0; i < PAIR; i++) {
        pthread_join(threads[i], NULL);
        calls_per_ns += (double)pair[i].calls / (double)(pair[i].ended - pair[i].began);
    }
    child_sample("try_next_two", 1 / calls_per_ns);
}

/* ---- Many that wait ---- */

enum { WAITING = 64 };

static NetMeshOsSdk *waited_sdk;
static size_t own_threads; /* threads that the library has not started */
static _Atomic pid_t waiting[WAITING];

struct waiter {
    NetMeshOsHandle *daemon;
    _Atomic pid_t *tid;
};

static void *wait_for_control(void *arg) {
    struct waiter *w = arg;
    NetMeshOsDaemonControl control;
    atomic_store(w->tid, gettid());
    while (lib.next_control(w->daemon, 0, &control) == NET_MESHOS_OK)
        continue;
    return NULL;
}

static void await_asleep(_Atomic pid_t *tid) {
    uint64_t deadline = now_ns() + 20 * SECOND;
    while (self_thread_state(atomic_load(tid)) != 'S')
        if (now_ns() > deadline)
            child_fail("a thread in next_control does not fall asleep");
        else
            sleep_ns(MS);
}

void waiting_setup(void) {
    static struct waiter waiters[WAITING];
    own_threads = self_threads() + WAITING;
    child_open_library();
    waited_sdk = fixture_sdk(0, 0);
    for (size_t i = 0; i < WAITING; i++) {
        pthread_t thread;
        waiters[i] = (struct waiter){fixture_daemon(waited_sdk), &waiting[i]};
        if (pthread_create(&thread, NULL, wait_for_control, &waiters[i]) != 0)
            child_fail("no thread");
    }
    for (size_t i = 0; i < WAITING; i++)
        await_asleep(&waiting[i]);
}

/* The greatest number of the library's own threads that is seen while it works. */
void waiting_round(void) {
    size_t most = 0;
    uint64_t end = now_ns() + child_span(100 * MS);
    do {
        for (int i = 0; i < 20; i++)
            lib.handle_free(fixture_daemon(waited_sdk));
        size_t now = self_threads();
        if (now > most)
            most = now;
    } while (now_ns() < end);
    child_sample("waiting_threads", (double)(most - own_threads));
}
