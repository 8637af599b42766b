/* How late a control event reaches a thread that waits in next_control while the
 * library processes as many events as it can. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "latencies.h"
#include "lib.h"
#include "post.h"

enum { LOADED = 2, PROBES = 100, QUICK_PROBES = 5, GRACE_MS = 10000 };

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *watched;
static struct emitter emitters[LOADED];
static struct latencies latencies;
static atomic_bool loading;
static _Atomic uint64_t received_ns;

static void *load(void *emitter) {
    while (atomic_load_explicit(&loading, memory_order_relaxed))
        post_batch(sdk, ((struct emitter *)emitter)->id);
    return NULL;
}

static void *watch(void *arg) {
    NetMeshOsDaemonControl control;
    for (;;) {
        EXPECT_OK("next_control", lib.next_control(watched, 0, &control));
        uint64_t now = now_ns();
        if (control.kind != NET_MESHOS_CONTROL_SHUTDOWN)
            continue; /* such as backpressure */
        atomic_store(&received_ns, now);
        EXPECT_OK("ext_daemon_done", lib.ext_daemon_done(watched));
    }
    return arg;
}

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg) {
    if (pthread_create(thread, NULL, run, arg) != 0)
        child_fail("no thread");
}

void lateness_setup(void) {
    pthread_t watcher;
    sdk = fixture_sdk(0, 0);
    watched = fixture_daemon(sdk);
    for (int i = 0; i < LOADED; i++)
        fixture_emitter(sdk, &emitters[i], 1);
    latencies_init(&latencies, PROBES);
    start_thread(&watcher, watch, NULL);
}

/* The watched daemon is stopped, says that it is done, and is restarted. */
static void probe(uint64_t id) {
    atomic_store(&received_ns, 0);
    uint64_t sent = now_ns();
    EXPECT_OK("ext_stop_daemon", lib.ext_stop_daemon(sdk, id, GRACE_MS));
    uint64_t received = atomic_load(&received_ns);
    if (received == 0)
        child_fail("the SHUTDOWN of ext_stop_daemon was not received");
    latencies_add(&latencies, received - sent);
    EXPECT_OK("ext_restart_daemon", lib.ext_restart_daemon(sdk, id));
}

void lateness_round(void) {
    pthread_t loaders[LOADED];
    uint64_t id = lib.handle_daemon_id(watched);
    int probes = child.quick ? QUICK_PROBES : PROBES;
    latencies_clear(&latencies);
    atomic_store(&loading, true);
    for (int i = 0; i < LOADED; i++)
        start_thread(&loaders[i], load, &emitters[i]);
    for (int i = 0; i < probes; i++) {
        /* Until the watcher waits again; varied, so that it is out of step with everything else. */
        sleep_ns((3 + (uint64_t)i % 5) * MS);
        probe(id);
    }
    atomic_store(&loading, false);
    for (int i = 0; i < LOADED; i++)
        pthread_join(loaders[i], NULL);
    latencies_sort(&latencies);
    latencies_send(&latencies, "lateness");
    child_sample("lateness_p50", latencies_at(&latencies, 0.5) / (double)US);
    child_sample("lateness_p99", latencies_at(&latencies, 0.99) / (double)US);
}
