#include "run.h"
#include "border.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "frames.h"
#include "memory.h"

/* A batch that has taken so long ends after the event at hand, so that its
 * outputs go on and the daemon is looked after. */
#define LONG_NS 1000000u

/* To look at the clock costs as much as a small event takes. So events that take
 * less than SHORT_NS are timed together, in groups that double up to GROUP_MOST:
 * few enough for a batch to end soon when they become slow. */
#define SHORT_NS 2000u
#define GROUP_MOST 8u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static struct run *free_head;
/* The run that was made last. Runs are kept in Go's memory, where a leak checker
 * of the host doesn't look: it finds them here. */
static struct run *made;

static struct run *make(void) {
    struct run *r = memory_zeroed(1, sizeof *r);
    if (!r)
        return NULL;
    r->out = emit_borrow();
    if (!r->out) {
        memory_free(r);
        return NULL;
    }
    space_reset(&r->causes, r->own_causes, sizeof r->own_causes);
    border_lock(&lock);
    r->made_before = made;
    made = r;
    border_unlock(&lock);
    return r;
}

struct run *run_new(void) {
    border_lock(&lock);
    struct run *r = free_head;
    if (r)
        free_head = r->next_free;
    border_unlock(&lock);
    return r ? r : make();
}

void run_empty(struct run *r) {
    emit_empty(r->out);
    space_reset(&r->causes, r->own_causes, sizeof r->own_causes);
}

void run_give_back(struct run *r) {
    run_empty(r);
    border_lock(&lock);
    r->next_free = free_head;
    free_head = r;
    border_unlock(&lock);
}

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The clock that Go's runtime reads; on macOS it stands while the machine sleeps. And
 * one that costs less and is a little late, where there is one. */
#if defined(__APPLE__)
#define CLOCK CLOCK_UPTIME_RAW
#define ROUGH_CLOCK CLOCK_UPTIME_RAW_APPROX
#elif defined(CLOCK_MONOTONIC_COARSE) /* Linux: as it was at the last tick of the kernel */
#define CLOCK CLOCK_MONOTONIC
#define ROUGH_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define CLOCK CLOCK_MONOTONIC
#define ROUGH_CLOCK CLOCK_MONOTONIC
#endif

uint64_t monotonic_ns(void) {
    return read_clock(CLOCK);
}

uint64_t clock_origin; /* written once, before any call */

static uint64_t clock_ns(void) {
    return monotonic_ns() - clock_origin;
}

static uint64_t rough_ns(void) {
    return read_clock(ROUGH_CLOCK) - clock_origin;
}

/* So many calls of a thread are timed roughly for one that is timed exactly. */
enum { ROUGH_CALLS = 7 };

uint64_t rough_now(bool *rough) {
    static _Thread_local unsigned calls __attribute__((tls_model("initial-exec")));
    *rough = calls > 0;
    calls = calls < ROUGH_CALLS ? calls + 1 : 0;
    return *rough ? rough_ns() : clock_ns();
}

/* An empty payload is NULL. */
static const uint8_t *payload(const uint8_t *bytes, uint64_t offset, uint64_t length) {
    return length > 0 ? bytes + offset : NULL;
}

/* Where the piece i of a buffer starts. */
static size_t piece_start(const struct emit_buffer *b, size_t i) {
    return i > 0 ? emit_ends(b)[i - 1] : 0;
}

/* Notes that the pieces from before to count are an event's. */
static bool note_causes(struct run *r, size_t before, size_t count, uint32_t index) {
    if (!space_reserve(&r->causes, before * sizeof index, count * sizeof index, r->own_causes))
        return false;
    for (size_t i = before; i < count; i++)
        run_causes(r)[i] = index;
    return true;
}

/* Processes one event; its outputs are added to those before. */
static int32_t process_one(struct run *r, const struct event_meta *e, const uint8_t *bytes) {
    const struct daemon_cell *d = r->daemon;
    uintptr_t context = emit_reopen(r->out, EMIT_PROCESS);
    int32_t status = d->vtable.process(d->user_ctx, (NetMeshOsProcessEmitCtx *)context, e->origin, e->sequence,
                                       payload(bytes, e->offset, e->length), e->length);
    emit_close(r->out);
    return status;
}

/* Calls the request's reply with the pieces from first on. */
static void reply_with(const struct run *r, const struct event_meta *e, size_t first) {
    const struct emit_buffer *b = r->out;
    NetMeshOsOutputFn reply = (NetMeshOsOutputFn)r->request.reply;
    uint64_t sequence = r->request.first_output + r->emitted;
    for (size_t i = first; i < b->count; i++) {
        size_t start = piece_start(b, i), length = emit_ends(b)[i] - start;
        reply((void *)r->request.reply_ctx, r->request.daemon_id, e->origin, e->sequence, sequence++,
             payload(emit_bytes(b), start, length), length);
    }
}

static void note_failure(struct run *r, uint32_t index, int32_t status, bool no_memory) {
    r->failures[r->failed].index = index;
    r->failures[r->failed].status = status;
    r->failures[r->failed++].no_memory = no_memory;
}

/* Processes the next event of a batch. False: it failed. */
static bool process_next(struct run *r, const struct event_meta *events, const uint8_t *bytes) {
    uint32_t index = (uint32_t)r->handled++;
    size_t before = r->out->count;
    int32_t status = process_one(r, &events[index], bytes);
    size_t count = r->out->count;
    if (!r->request.keep && atomic_load_explicit(&r->interrupted, memory_order_acquire)) {
        r->request.keep = true;
        r->unkept = r->emitted;
    }
    bool lost = status == 0 &&
                (r->out->lost || (r->request.keep && count > before && !note_causes(r, before, count, index)));
    if (status != 0 || lost) {
        emit_truncate(r->out, before);
        note_failure(r, index, status, lost);
        return false;
    }
    if (r->request.reply && count > before)
        reply_with(r, &events[index], before);
    if (count > before) {
        r->emitted += count - before;
        atomic_store_explicit(&r->next_output, r->request.first_output + r->emitted, memory_order_release);
    }
    if (!r->request.keep)
        emit_truncate(r->out, before);
    return true;
}

static void note_time(struct run *r, uint64_t ns, size_t count) {
    r->times[r->timed].ns = ns;
    r->times[r->timed++].count = count;
}

/* Notes that a group of events took so long together. If that is far more than
 * they took before, one of them has taken it, as far as can be told. */
static void note_group(struct run *r, uint64_t ns, size_t count, uint64_t usual_ns) {
    if (count > 1 && ns > 4 * count * usual_ns + SHORT_NS) {
        note_time(r, usual_ns, count - 1);
        note_time(r, ns - usual_ns * (count - 1), 1);
        return;
    }
    note_time(r, ns / count, count);
}

/* The time of an event is noted if it took longer than a tick of the rough clock,
 * at most: then it can't be missed among those that are timed exactly. */
static void process_roughly_timed(struct run *r, const struct event_meta *event, const uint8_t *bytes) {
    process_next(r, event, bytes);
    if (rough_ns() != r->request.start)
        note_time(r, clock_ns() - r->request.start, 1);
}

static void process_batch(struct run *r, const struct event_meta *events, size_t n, const uint8_t *bytes) {
    uint64_t last = r->request.start, usual = 0;
    bool over = false;
    for (size_t group = 1; r->handled < n && !over;) {
        size_t count = 0;
        do
            over = (!process_next(r, events, bytes) && r->request.stop_on_failure) ||
                   atomic_load_explicit(&r->interrupted, memory_order_relaxed);
        while (++count < group && r->handled < n && !over);
        uint64_t now = clock_ns(), took = now > last ? now - last : 0;
        note_group(r, took, count, usual);
        usual = took / count;
        group = usual >= SHORT_NS ? 1 : group < GROUP_MOST ? 2 * group : GROUP_MOST;
        over |= now - r->request.start >= LONG_NS;
        last = now;
    }
}

void run_begins(struct run *r) {
    r->handled = r->emitted = r->unkept = r->failed = r->timed = 0;
    run_empty(r);
    r->request.start = rough_ns();
}

void run_one(struct run *r, struct daemon_cell *d, const struct event_meta *event, const uint8_t *bytes, bool exact) {
    struct frame f;
    frame_enter(&f, r->daemon = d);
    if (exact) {
        uint64_t began = clock_ns();
        process_next(r, event, bytes);
        note_time(r, clock_ns() - began, 1);
    } else {
        process_roughly_timed(r, event, bytes);
    }
    frame_leave(&f);
}

void run_process(uintptr_t run, uintptr_t cell, const struct event_meta *events, size_t n, const uint8_t *bytes) {
    struct run *r = (struct run *)run;
    struct frame f;
    frame_enter(&f, r->daemon = (struct daemon_cell *)cell);
    r->handled = r->emitted = r->unkept = r->failed = r->timed = 0;
    emit_truncate(r->out, 0);
    if (r->request.rough)
        process_roughly_timed(r, events, bytes);
    else
        process_batch(r, events, n, bytes);
    if (r->out->count == 0 && emit_has_borrowed(r->out)) /* nobody will fetch anything */
        run_empty(r);
    frame_leave(&f);
}

void run_emit(const struct run *r, NetMeshOsOutputFn fn, uintptr_t ctx, const struct event_meta *in) {
    const struct emit_buffer *b = r->out;
    struct frame f;
    frame_enter(&f, r->daemon);
    for (size_t i = 0; i < b->count; i++) {
        const struct event_meta *cause = &in[run_causes(r)[i]];
        size_t start = piece_start(b, i), length = emit_ends(b)[i] - start;
        fn((void *)ctx, r->request.daemon_id, cause->origin, cause->sequence, r->request.first_output + r->unkept + i,
           payload(emit_bytes(b), start, length), length);
    }
    frame_leave(&f);
}

void call_output(uintptr_t cell, NetMeshOsOutputFn fn, uintptr_t ctx, uint64_t daemon_id, uint64_t in_origin,
                 uint64_t in_sequence, uint64_t sequence, const uint8_t *bytes, size_t length) {
    struct frame f;
    if (cell)
        frame_enter(&f, (struct daemon_cell *)cell);
    fn((void *)ctx, daemon_id, in_origin, in_sequence, sequence, payload(bytes, 0, length), length);
    if (cell)
        frame_leave(&f);
}
