#include "loan.h"

#include "_cgo_export.h"
#include "checks.h"
#include "run.h"
#include "stage.h"

/* Runs that are at hand without a lock. */
enum { NEAR = 16 };
static _Atomic(struct run *) near_runs[NEAR];

static struct run *borrow(uint64_t daemon_id) {
    struct run *r = atomic_exchange_explicit(&near_runs[daemon_id % NEAR], NULL, memory_order_acquire);
    return r ? r : run_new();
}

static void give_back(uint64_t daemon_id, struct run *r) {
    struct run *none = NULL;
    if (!atomic_compare_exchange_strong_explicit(&near_runs[daemon_id % NEAR], &none, r, memory_order_release,
                                                 memory_order_relaxed))
        run_give_back(r);
}

/* Puts the token back. False: Go wants it. */
static bool put_back(struct daemon_cell *d, struct run *r) {
    uintptr_t mine = (uintptr_t)r;
    return atomic_compare_exchange_strong(&d->loan.token, &mine, LOAN_IDLE);
}

/* Takes the token from a deliver that Go couldn't end, because of a defect, before
 * Go has taken it: the daemon goes on. */
static void give_up(struct daemon_cell *d, struct run *r) {
    if (put_back(d, r)) {
        run_give_back(r);
    } else if (atomic_load(&d->loan.token) == ((uintptr_t)r | LOAN_WANTED)) {
        enum meshos_error error; /* the deliver has one already */
        CROSS(error, goAbandoned(d));
        (void)error;
    }
}

/* Ends a deliver in Go, which gets the run, too. */
static enum meshos_error end_in_go(struct daemon_cell *d, struct run *r, const NetMeshOsEvent *e) {
    if (meshos_forked()) /* in the callback; it has no Go */
        return MESHOS_E_FORKED;
    enum meshos_error error;
    CROSS(error, goReturned(d, r, e->origin_hash, e->sequence, (uint8_t *)SHOWN(e->payload, e->payload_len), e->payload_len));
    if (error == MESHOS_E_PANIC)
        give_up(d, r);
    return error;
}

/* The counts, which nobody else writes. */
static uint64_t count_of(const _Atomic uint64_t *counted) {
    return atomic_load_explicit(counted, memory_order_relaxed);
}

static void set_counts(struct loan *l, uint64_t events, uint64_t outputs) {
    atomic_store_explicit(&l->events, events, memory_order_relaxed);
    atomic_store_explicit(&l->outputs, outputs, memory_order_relaxed);
}

/* Ends the deliver of an event that is processed. */
static enum meshos_error end(struct daemon_cell *d, struct run *r, uint64_t daemon_id, const NetMeshOsEvent *e) {
    if (r->failed > 0 || r->timed > 0)
        return end_in_go(d, r, e);
    struct loan *l = &d->loan;
    const uint64_t events = count_of(&l->events), outputs = count_of(&l->outputs);
    set_counts(l, events + 1, outputs + r->emitted);
    if (put_back(d, r)) {
        give_back(daemon_id, r);
        return MESHOS_OK;
    }
    set_counts(l, events, outputs); /* Go counts this event itself */
    return end_in_go(d, r, e);
}

static void process(struct daemon_cell *d, struct run *r, const NetMeshOsEvent *e) {
    bool exact = d->loan.untimed == 0;
    if (!exact)
        d->loan.untimed--;
    uint64_t next = d->loan.first + count_of(&d->loan.outputs);
    r->request.first_output = next;
    atomic_store_explicit(&r->next_output, next, memory_order_release);
    run_one(r, d, &(struct event_meta){e->origin_hash, e->sequence, 0, e->payload_len}, e->payload, exact);
}

/* The daemon whose token is lent as far as can be seen without having it. */
static struct daemon_cell *find(const struct sdk_cell *s, uint64_t daemon_id) {
    struct daemon_cell *d = stage_way(s, daemon_id);
    return d && atomic_load_explicit(&d->loan.token, memory_order_relaxed) == LOAN_IDLE ? d : NULL;
}

static bool is_plain(const struct sdk_cell *s, const NetMeshOsEvent *e) {
    return e && e->payload_len <= s->max_payload && (e->payload || e->payload_len == 0);
}

bool loan_deliver(uintptr_t sdk, uint64_t daemon_id, const NetMeshOsEvent *event, NetMeshOsOutputFn output_fn,
                  void *ctx, enum meshos_error *error) {
    struct sdk_cell *s = slot_peek(&sdk_table, sdk);
    struct daemon_cell *d = s && !border_is_inside() && is_plain(s, event) ? find(s, daemon_id) : NULL;
    struct run *r = d ? borrow(daemon_id) : NULL;
    if (!r)
        return false;
    r->request.reply = (uintptr_t)output_fn;
    r->request.reply_ctx = (uintptr_t)ctx;
    r->request.daemon_id = daemon_id;
    r->daemon = d;
    r->request.keep = r->request.stop_on_failure = false;
    /* Before Go can find the run, which had another daemon's numbers maybe. */
    atomic_store_explicit(&r->next_output, 0, memory_order_relaxed);
    atomic_store_explicit(&r->interrupted, 0, memory_order_relaxed);
    run_begins(r);
    int cancel = cancel_off();
    border_begin();
    uintptr_t idle = LOAN_IDLE;
    bool taken = atomic_compare_exchange_strong(&d->loan.token, &idle, (uintptr_t)r), done = false;
    if (taken && d->sdk == s && atomic_load_explicit(&d->id, memory_order_relaxed) == daemon_id && slot_is(s, sdk)) {
        process(d, r, event);
        *error = end(d, r, daemon_id, event);
        done = true;
    } else if (!taken || put_back(d, r)) {
        give_back(daemon_id, r);
    } else {
        end_in_go(d, r, event);
    }
    border_end();
    cancel_restore(cancel);
    return done;
}
