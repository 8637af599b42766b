/* How long single deliveries take while another thread makes the library
 * allocate all the time: what memory management adds to a call. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "latencies.h"
#include "lib.h"

enum { BALLAST = 10000, QUICK_BALLAST = 100, MOST = 4000000 /* deliveries in a round */ };

static NetMeshOsSdk *sdk;
static struct emitter emitter;
static struct latencies latencies, idle;
static atomic_bool littering;

/* Daemons that only make the heap larger. */
void pauses_setup(void) {
    sdk = fixture_sdk(0, 0);
    int ballast = child.quick ? QUICK_BALLAST : BALLAST;
    for (int i = 0; i < ballast; i++) {
        fixture_daemon(sdk);
        if (i % 1000 == 0)
            child_beat();
    }
    fixture_emitter(sdk, &emitter, 1);
    latencies_init(&latencies, MOST);
    latencies_init(&idle, MOST);
}

static void *litter(void *arg) {
    NetMeshOsHandle *daemon = fixture_daemon(sdk);
    static const char line[] = "a line that is soon forgotten";
    while (atomic_load_explicit(&littering, memory_order_relaxed)) {
        for (int i = 0; i < 32; i++)
            lib.publish_log(daemon, NET_MESHOS_LOG_INFO, line, sizeof line - 1);
        lib.handle_free(fixture_daemon(sdk));
    }
    lib.handle_free(daemon);
    return arg;
}

static void deliver(uint64_t span) {
    struct emitter *taken_from[] = {&emitter, NULL};
    NetMeshOsEvent event = {1, 0, fixture_payload, sizeof fixture_payload};
    latencies_clear(&latencies);
    for (uint64_t began = now_ns(), end = began + span; began < end;) {
        event.sequence++;
        int status = lib.ext_deliver(sdk, emitter.id, &event, fixture_take_output, taken_from);
        uint64_t now = now_ns();
        latencies_add(&latencies, now - began);
        EXPECT_OK("ext_deliver", status);
        began = now;
    }
}

/* How much the machine delays a thread that doesn't call the library. */
static void stay_outside(uint64_t span) {
    enum { ABOUT_A_DELIVERY = 250 };
    latencies_clear(&idle);
    for (uint64_t began = now_ns(), end = began + span; began < end;) {
        uint64_t now;
        do
            now = now_ns();
        while (now - began < ABOUT_A_DELIVERY);
        latencies_add(&idle, now - began);
        began = now;
    }
}

void pauses_round(void) {
    pthread_t thread;
    uint64_t span = child_span(500 * MS);
    atomic_store(&littering, true);
    if (pthread_create(&thread, NULL, litter, NULL) != 0)
        child_fail("no thread");
    deliver(span);
    stay_outside(span);
    atomic_store(&littering, false);
    pthread_join(thread, NULL);
    latencies_sort(&latencies);
    child_beat();
    latencies_sort(&idle);
    latencies_send(&latencies, "pauses");
    latencies_send(&idle, "pauses_outside");
    child_sample("pauses_p50", latencies_at(&latencies, 0.5) / (double)US);
    child_sample("pauses_p999", latencies_at(&latencies, 0.999) / (double)US);
    child_sample("pauses_outside_p999", latencies_at(&idle, 0.999) / (double)US);
}
