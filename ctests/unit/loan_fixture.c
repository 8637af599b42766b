#include "loan_fixture.h"

#include <string.h>

#include "border.h"
#include "fakes.h"

struct loaned loaned;

/* What tests need not know: the event is the same for all. */
static const uint64_t origin = 11, sequence = 12;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t in_origin, uint64_t in_sequence,
                   const uint8_t *payload, size_t length) {
    struct loaned *l = ctx;
    CHECK(frame_current() && frame_current()->daemon == l->cell);
    CHECK(in_origin == origin && in_sequence == sequence);
    CHECK_U64(border.inside, 0);
    l->processed++;
    if (length == 0)
        return payload ? -1 : 0;
    for (uint8_t i = 0; i < payload[0]; i++)
        net_meshos_process_emit(emit, payload, length);
    if (l->during)
        l->during();
    return (int8_t)payload[1];
}

void loan_reply(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                const uint8_t *payload, size_t length) {
    struct loaned *l = ctx;
    CHECK_U64(daemon_id, l->id);
    CHECK(in_origin == origin && in_sequence == sequence);
    CHECK_U64(out_sequence, l->next_output++);
    CHECK(payload && length == 4);
    l->replies++;
}

static const NetMeshOsDaemonVtable vtable = {.process = process};

void loan_daemon(struct loaned *l, NetMeshOsHandle *h) {
    memset(l, 0, sizeof *l);
    l->cell = slot_peek(&daemon_table, (uintptr_t)h);
    NEED(l->cell != NULL);
    l->id = atomic_load(&l->cell->id);
    l->cell->vtable = vtable;
    l->cell->user_ctx = l;
}

void loan_begin(void) {
    calls_begin();
    loan_daemon(&loaned, handle);
    loaned.cell->sdk->max_payload = 100;
    atomic_store(&loaned.cell->loan.token, LOAN_NONE);
    loaned.cell->loan.events = loaned.cell->loan.outputs = 0;
    go_reset();
}

void loan_end(void) {
    CHECK_U64(border.inside, 0);
    uintptr_t token = atomic_load(&loaned.cell->loan.token);
    CHECK(token == LOAN_IDLE || token == LOAN_NONE);
    calls_end();
}

void loan_lend(struct loaned *l, uint64_t next_output) {
    l->next_output = l->cell->loan.first = next_output;
    l->cell->loan.untimed = UINT32_MAX;
    stage_note_way(l->cell);
    atomic_store(&l->cell->loan.token, LOAN_IDLE);
}

bool loan_want(struct loaned *l) {
    uintptr_t token = atomic_load(&l->cell->loan.token);
    return token != LOAN_NONE && token != LOAN_IDLE && !(token & LOAN_WANTED) &&
           atomic_compare_exchange_strong(&l->cell->loan.token, &token, token | LOAN_WANTED);
}

void loan_settle(struct loaned *l) {
    struct loan *n = &l->cell->loan;
    l->events += n->events;
    l->outputs += n->outputs;
    n->first += n->outputs;
    n->events = n->outputs = 0;
}

/* Go gets the token with the run, counts, and lends it again. */
enum meshos_error do_goReturned(struct daemon_cell *cell, struct run *run, uint64_t in_origin, uint64_t in_sequence,
                                uint8_t *payload, size_t length) {
    struct loaned *l = cell->user_ctx;
    CHECK(l->cell == cell);
    if (run->handled > 0)
        CHECK(run->daemon == cell && run->request.first_output == cell->loan.first + cell->loan.outputs);
    else /* the run's last event was maybe another daemon's, whose numbers say nothing of this one */
        CHECK_U64(atomic_load(&run->next_output), 0);
    CHECK((atomic_load(&cell->loan.token) & ~(uintptr_t)LOAN_WANTED) == (uintptr_t)run);
    CHECK(in_origin == origin && in_sequence == sequence && (payload != NULL) == (length > 0));
    CHECK(border.inside > 0);
    if (l->panics)
        return MESHOS_E_PANIC;
    loan_settle(l);
    l->returned++;
    l->last.settled = l->events;
    l->last.handled = run->handled;
    l->last.emitted = run->emitted;
    l->last.failed = run->failed;
    l->last.timed = run->timed;
    l->last.status = run->failed ? run->failures[0].status : 0;
    l->last.ns = run->timed ? run->times[0].ns : 0;
    l->events += run->handled;
    l->outputs += run->emitted;
    cell->loan.first += run->emitted;
    enum meshos_error error = run->failed ? MESHOS_E_PROCESS_FAILED : MESHOS_OK;
    run_give_back(run);
    atomic_store(&cell->loan.token, LOAN_IDLE);
    return error;
}

enum meshos_error do_goAbandoned(struct daemon_cell *cell) {
    struct loaned *l = cell->user_ctx;
    struct run *run = (struct run *)(atomic_load(&cell->loan.token) & ~(uintptr_t)LOAN_WANTED); // NOLINT(performance-no-int-to-ptr)
    CHECK(l->cell == cell);
    loan_settle(l);
    l->abandoned++;
    run_give_back(run);
    atomic_store(&cell->loan.token, LOAN_IDLE);
    return MESHOS_OK;
}

int loan_deliver_one(struct loaned *l, uint8_t outputs, int8_t status) {
    const uint8_t payload[4] = {outputs, (uint8_t)status};
    NetMeshOsEvent e = {origin, sequence, payload, sizeof payload};
    return net_meshos_ext_deliver(sdk, l->id, &e, loan_reply, l);
}

void loan_deliver_in_c(uint8_t outputs, int8_t status) {
    unsigned asked;
    for (int attempts = 0;; attempts++) {
        NEED(attempts < 1000);
        asked = atomic_load(&go.calls);
        EXPECT(loan_deliver_one(&loaned, outputs, status), 0, NULL);
        if (atomic_load(&go.calls) == asked)
            return;
        CHECK_TEXT(go.last, "goReturned");
    }
}

void loan_goes_the_long_way(const char *why, int actual, int status) {
    unit_about("%s", why);
    CHECK_INT(actual, status);
    CHECK_U64(atomic_load(&go.calls), 1);
    CHECK_TEXT(go.last, "goDeliver");
    go_reset();
    unit_about(NULL);
}

uint64_t loan_events(const struct loaned *l) {
    return l->events + l->cell->loan.events;
}

uint64_t loan_outputs(const struct loaned *l) {
    return l->outputs + l->cell->loan.outputs;
}
