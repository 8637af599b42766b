/* What the supervisor's tick costs: the processor time of a process in which
 * nothing else happens, minus what it uses without ticks. */
#include <stdatomic.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"

static const char *key;
static const NetMeshOsDaemonVtable *vtable; /* NULL: without callbacks */
static uint64_t interval_ms = 1;
static double without_ticks; /* processor time per time */
static atomic_ullong asked;

static int process_nothing(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin_hash, uint64_t sequence,
                           const uint8_t *payload, size_t payload_len) {
    (void)user_ctx;
    (void)emit;
    (void)origin_hash;
    (void)sequence;
    (void)payload;
    (void)payload_len;
    return 0;
}

static int be_healthy(void *user_ctx) {
    (void)user_ctx;
    atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
    return NET_MESHOS_HEALTH_HEALTHY;
}

/* ---- Measuring ---- */

static double processor_share(uint64_t span) {
    uint64_t began = now_ns(), cpu = cpu_ns();
    sleep_ns(span);
    return (double)(cpu_ns() - cpu) / (double)(now_ns() - began);
}

/* The cost of a tick in ns. If the library calls health, the calls show how many ticks there were. */
static double tick_cost(size_t daemons, uint64_t span) {
    unsigned long long asked_before = atomic_load(&asked);
    uint64_t began = now_ns();
    double share = processor_share(span) - without_ticks;
    double took = (double)(now_ns() - began);
    double counted = (double)(atomic_load(&asked) - asked_before) / (double)daemons;
    double ticks = counted > 0 ? counted : took / (double)(interval_ms * MS);
    double cost = share * took / ticks;
    return cost > 1 ? cost : 1;
}

static NetMeshOsSdk *start(size_t daemons) {
    NetMeshOsSdk *sdk = fixture_sdk(interval_ms, 0);
    uint64_t beaten = now_ns();
    for (size_t i = 0; i < daemons; i++) {
        if (vtable)
            fixture_daemon_with(sdk, vtable, NULL);
        else
            fixture_daemon(sdk);
        if (now_ns() - beaten > SECOND) {
            child_beat();
            beaten = now_ns();
        }
    }
    return sdk;
}

static void end(NetMeshOsSdk *sdk) {
    EXPECT_OK("sdk_shutdown", lib.sdk_shutdown(sdk));
    lib.sdk_free(sdk);
}

static double probe(size_t daemons) {
    NetMeshOsSdk *sdk = start(daemons);
    double cost = tick_cost(daemons, child_span(300 * MS));
    end(sdk);
    return cost;
}

/* An interval long enough for a tick to end well before the next one, judged by how
 * much more a tick costs with more daemons. */
static uint64_t long_enough(size_t daemons) {
    enum { FEW = 1000, TIMES = 3 };
    if (daemons <= FEW)
        return 1;
    double more = (probe(FEW) - probe(1)) / FEW * (double)daemons;
    return more > 0 ? 1 + (uint64_t)(TIMES * more / (double)MS) : 1;
}

static void measure_without_ticks(void) {
    NetMeshOsSdk *sdk = fixture_sdk(UINT64_MAX, 0);
    sleep_ns(child_span(100 * MS));
    without_ticks = processor_share(child_span(500 * MS));
    end(sdk);
}

/* ---- The case ---- */

static void set_up(void) {
    measure_without_ticks();
    interval_ms = long_enough(child.size);
    start(child.size);
}

void tick_setup(void) {
    key = "tick";
    set_up();
}

void tick_health_setup(void) {
    static const NetMeshOsDaemonVtable asks_health = {.process = process_nothing, .health = be_healthy};
    vtable = &asks_health;
    key = "tick_health";
    set_up();
}

void tick_round(void) {
    enum { LEAST_TICKS = 5 };
    uint64_t span = child_span(500 * MS), least = LEAST_TICKS * interval_ms * MS;
    child_sample_sized(key, tick_cost(child.size, span > least ? span : least));
}
