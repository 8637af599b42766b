/* What runs keep of their batches. There are as many as callbacks have ever run at
 * once. */
#include <stdlib.h>

#include "run.h"
#include "unit.h"

enum { MANY = 100, EVENTS = 8, PIECES = 200 };

static struct run *runs[MANY];
static int status;

/* More pieces in a batch than a run has places of its own, and more bytes. */
static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    (void)ctx, (void)origin, (void)sequence, (void)payload, (void)length;
    for (int i = 0; i < PIECES; i++)
        net_meshos_process_emit(emit, (const uint8_t *)"sixteen bytes...", 16);
    return status;
}

static struct daemon_cell *make_all(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = process};
    struct daemon_cell *d = slot_take(&daemon_table);
    NEED(d && daemon_cell_fill(d, 8, "x", 1, &vtable, NULL, NULL));
    for (size_t i = 0; i < MANY; i++)
        NEED((runs[i] = run_new()) != NULL);
    return d;
}

/* All events, in as many batches as it takes: on a busy machine one may end early. */
static void process_all(struct run *r, struct daemon_cell *d, bool keep) {
    static const struct event_meta events[EVENTS];
    for (size_t done = 0; done < EVENTS; done += r->handled) {
        r->request = (struct run_request){.start = monotonic_ns(), .keep = keep};
        run_process((uintptr_t)r, (uintptr_t)d, events, EVENTS - done, NULL);
        NEED(r->handled > 0);
        CHECK_U64(r->out->count, keep && status == 0 ? r->handled * PIECES : 0);
    }
}

static void what_was_kept_goes_back(void) {
    struct daemon_cell *d = make_all();
    const size_t before = alloc_live();
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < MANY; i++)
            process_all(runs[i], d, true);
        CHECK(alloc_live() >= before + MANY);
        for (size_t i = 0; i < MANY; i++)
            run_empty(runs[i]);
        CHECK(alloc_live() <= before + SPACE_SPARES);
    }
    for (size_t i = 0; i < MANY; i++) {
        CHECK_U64(runs[i]->out->bytes.size, EMIT_OWN_BYTES);
        CHECK_U64(runs[i]->out->ends.size, EMIT_OWN_PIECES * sizeof(size_t));
        CHECK_U64(runs[i]->causes.size, RUN_BATCH * sizeof(uint32_t));
    }
}

/* Nobody fetches outputs of events that fail, or that nobody wants. */
static void what_was_not_kept_is_gone_at_once(void) {
    struct daemon_cell *d = make_all();
    const size_t before = alloc_live();
    for (status = 0; status < 2; status++)
        for (size_t i = 0; i < MANY; i++)
            process_all(runs[i], d, status != 0);
    CHECK(alloc_live() <= before + SPACE_SPARES);
}

static void a_run_that_is_given_back_keeps_nothing(void) {
    struct daemon_cell *d = make_all();
    const size_t before = alloc_live();
    for (size_t i = 0; i < MANY; i++)
        process_all(runs[i], d, true);
    for (size_t i = 0; i < MANY; i++)
        run_give_back(runs[i]);
    CHECK(alloc_live() <= before + SPACE_SPARES);
}

const struct test run_memory_tests[] = {
    {"run memory: what was kept goes back", what_was_kept_goes_back},
    {"run memory: what was not kept is gone at once", what_was_not_kept_is_gone_at_once},
    {"run memory: a run that is given back keeps nothing", a_run_that_is_given_back_keeps_nothing},
    {NULL, NULL},
};
