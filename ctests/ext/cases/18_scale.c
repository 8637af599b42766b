/* A thousand daemons. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "self.h"
#include "sync.h"

enum { MOST_DAEMONS = 1000 };
#define DAEMONS many(MOST_DAEMONS)

/* A daemon that records little: an actor's gauges would cost more than what is measured. */
struct link {
    NetMeshOsHandle *handle;
    uint64_t id, origin, next, total, posted;
    gauge *gate; /* process waits for it, if there is one */
    bool quiet;  /* passes nothing on */
};

static struct link links[MOST_DAEMONS];

static int pass_on(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    struct link *l = user_ctx;
    if (origin != l->origin || sequence != l->next)
        FAIL("event %llu came when it was the turn of %llu", (unsigned long long)sequence,
             (unsigned long long)l->next);
    l->next = sequence + 1;
    l->total++;
    if (l->gate)
        GAUGE_NEED(l->gate, 1);
    if (!l->quiet)
        net_meshos_process_emit(emit, payload, length);
    return 0;
}

static void begin(NetMeshOsSdk *sdk, bool chained) {
    static const NetMeshOsDaemonVtable vtable = {.process = pass_on};
    for (unsigned i = 0; i < DAEMONS; i++) {
        uint8_t bytes[SEED_SIZE];
        memcpy(bytes, seed(i), SEED_SIZE);
        links[i] = (struct link){.next = 1, .quiet = !chained || i == DAEMONS - 1};
        NEED_OK(net_meshos_register_daemon_with_vtable_v2(sdk, "link", 4, bytes, &vtable, &links[i], NULL,
                                                          &links[i].handle));
        links[i].id = net_meshos_handle_daemon_id(links[i].handle);
        if (chained && i > 0) {
            links[i].origin = links[i - 1].id;
            NEED_OK(net_meshos_ext_subscribe(sdk, links[i - 1].id, links[i].id));
        }
    }
}

static void end(void) {
    for (unsigned i = 0; i < DAEMONS; i++)
        net_meshos_handle_free(links[i].handle);
}

static void post_to(NetMeshOsSdk *sdk, struct link *l, uint64_t n) {
    enum { BATCH = 256 };
    uint64_t first = 1 + l->posted;
    l->posted += n;
    while (first <= l->posted) {
        NetMeshOsEvent events[BATCH];
        size_t batch = l->posted + 1 - first < BATCH ? (size_t)(l->posted + 1 - first) : BATCH, accepted;
        for (size_t i = 0; i < batch; i++)
            events[i] = (NetMeshOsEvent){0, first + i, (const uint8_t *)"payload", 7};
        int status = net_meshos_ext_post(sdk, l->id, events, batch, &accepted);
        NEED(accepted == batch || EXPECT(status, -2, queue_full));
        first += accepted;
        if (accepted < batch)
            net_meshos_ext_flush(sdk, l->id, 5);
    }
}

/* What a machine of many processors may have at most. */
static long most_threads(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors <= 16 ? 40 : 8 + 2 * processors;
}

static void check_totals(NetMeshOsSdk *sdk, uint64_t each) {
    for (unsigned i = 0; i < DAEMONS; i++)
        if (links[i].total != each) {
            FAIL("daemon %u has processed %llu events, expected %llu", i, (unsigned long long)links[i].total,
                 (unsigned long long)each);
            break;
        }
    CHECK_U64(json_u64(look(sdk), "totals.events_in"), DAEMONS * each);
    CHECK_U64(json_u64(look(sdk), "totals.discarded"), 0);
}

static void run_pipeline(NetMeshOsSdk *sdk) {
    begin(sdk, true);
    post_to(sdk, &links[0], 1000);
    FLUSH(sdk, 0);
    check_totals(sdk, 1000);
    CHECK_AT_MOST(self_threads(), (uint64_t)most_threads());
    end();
    sdk_end(sdk);
}

CASE_WITHIN(300, scale_pipeline, "scale: 1,000,000 events through a pipeline of 1,000 daemons, in order, none lost") {
    run_pipeline(sdk_new("{}"));
}

CASE_WITHIN(300, scale_narrow_pipeline, "scale: the same through inboxes of 8 events") {
    run_pipeline(sdk_new("{'inbox_capacity': 8}"));
}

CASE_WITHIN(300, scale_busy, "scale: 1,000 daemons that are busy at once don't become 1,000 threads") {
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 5}");
    size_t most = 0;
    begin(sdk, false);
    for (uint64_t round = 0; round < 100; round++) {
        for (unsigned i = 0; i < DAEMONS; i++) {
            NetMeshOsEvent events[10];
            for (uint64_t e = 0; e < 10; e++)
                events[e] = (NetMeshOsEvent){0, 1 + round * 10 + e, NULL, 0};
            NEED_OK(net_meshos_ext_post(sdk, links[i].id, events, 10, NULL));
        }
        size_t threads = self_threads();
        most = threads > most ? threads : most;
    }
    FLUSH(sdk, 0);
    check_totals(sdk, 1000);
    CHECK_AT_MOST(most, (uint64_t)most_threads());
    end();
    sdk_end(sdk);
}

CASE_WITHIN(300, scale_memory, "scale: 1,000 daemons that come, work and go leave no memory behind") {
    size_t after[6];
    for (int round = 0; round < 6; round++) {
        NetMeshOsSdk *sdk = sdk_new("{}");
        begin(sdk, true);
        post_to(sdk, &links[0], 300);
        FLUSH(sdk, 0);
        end();
        sdk_end(sdk);
        after[round] = self_resident_bytes();
    }
    /* The first rounds fill what is kept for the next. */
    CHECK_AT_MOST(after[5], after[2] + (24 << 20));
}

CASE_WITHIN(300, scale_backlog, "scale: a backlog of 1,000,000 events is given back when it is done") {
    const unsigned EVENTS = many(1000000);
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': %u}", EVENTS + 1);
    gauge gate = {0};
    begin(sdk, false);
    links[0].gate = &gate;
    for (int round = 0; round < 2; round++) {
        post_to(sdk, &links[0], EVENTS);
        gauge_add(&gate, 1);
        FLUSH(sdk, 0);
        gauge_add(&gate, -1);
    }
    CHECK_U64(links[0].total, 2 * (uint64_t)EVENTS);
    end();
    sdk_end(sdk);
    CHECK_AT_MOST(self_resident_bytes(), UINT64_C(400) << 20);
}
