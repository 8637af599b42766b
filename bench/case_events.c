/* Events: delivered one at a time, and posted in batches. */
#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"
#include "meter.h"
#include "post.h"

enum { MOST = 2 };

static NetMeshOsSdk *sdk;
static struct emitter emitters[MOST];
static struct emitter *taken_from[MOST + 1]; /* ended by NULL */
static uint64_t sent;
static struct meter meter;

static void expect_all_processed(size_t daemons) {
    uint64_t processed = 0, outputs = 0, taken = 0;
    for (size_t i = 0; i < daemons; i++) {
        processed += emitters[i].processed;
        outputs += emitters[i].processed * emitters[i].outputs;
        taken += emitters[i].taken;
    }
    if (processed != sent)
        child_fail("%llu events were sent and %llu processed", (unsigned long long)sent,
                   (unsigned long long)processed);
    if (taken != outputs)
        child_fail("%llu outputs were emitted and %llu arrived", (unsigned long long)outputs,
                   (unsigned long long)taken);
}

static void set_up(size_t daemons, size_t outputs) {
    sdk = fixture_sdk(0, 0);
    for (size_t i = 0; i < daemons; i++) {
        fixture_emitter(sdk, &emitters[i], outputs);
        taken_from[i] = &emitters[i];
    }
}

/* ---- Delivered ---- */

static void deliver(size_t n) {
    NetMeshOsEvent event = {1, 0, fixture_payload, sizeof fixture_payload};
    NetMeshOsOutputFn take = emitters[0].outputs > 0 ? fixture_take_output : NULL;
    sent += n;
    for (size_t i = 0; i < n; i++) {
        event.sequence++;
        EXPECT_OK("ext_deliver", lib.ext_deliver(sdk, emitters[0].id, &event, take, taken_from));
    }
}

static void set_up_deliver(const char *key, size_t outputs) {
    set_up(1, outputs);
    meter = (struct meter){.key = key, .calls = deliver, .span = 100 * MS};
}

void deliver_0_setup(void) {
    set_up_deliver("deliver_0", 0);
}

void deliver_1_setup(void) {
    set_up_deliver("deliver_1", 1);
}

void deliver_8_setup(void) {
    set_up_deliver("deliver_8", 8);
}

void deliver_round(void) {
    meter_round(&meter);
    expect_all_processed(1);
}

/* ---- Posted by one thread, to one daemon or to two in turn ---- */

static size_t posted_to;

static void post(size_t n) {
    sent += n * POST_BATCH;
    for (size_t i = 0; i < n; i++)
        post_batch(sdk, emitters[i % posted_to].id);
    post_flush(sdk, 0);
}

static void set_up_post(const char *key, size_t daemons) {
    set_up(daemons, 1);
    posted_to = daemons;
    EXPECT_OK("ext_set_output", lib.ext_set_output(sdk, fixture_take_output, taken_from));
    meter = (struct meter){.key = key, .calls = post, .span = 200 * MS, .per_call = POST_BATCH};
}

void post_1_setup(void) {
    set_up_post("post_1", 1);
}

void post_2_setup(void) {
    set_up_post("post_2", 2);
}

void post_round(void) {
    meter_round(&meter);
    expect_all_processed(posted_to);
}
