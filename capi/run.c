#include "run.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "frames.h"

/* A batch that has taken so long ends after the event at hand, so that its
 * outputs go on and the daemon is looked after. */
#define LONG_NS 1000000u

/* The status of an event whose outputs did not fit into memory. */
enum { OUTPUT_LOST = -1 };

/* The run that was made last. Runs are kept in Go's memory, where a leak checker
 * of the host doesn't look: it finds them here. */
static _Atomic(struct run *) made;

struct run *run_new(void) {
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->out = emit_borrow();
    if (!r->out) {
        free(r);
        return NULL;
    }
    r->made_before = atomic_load_explicit(&made, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&made, &r->made_before, r, memory_order_relaxed,
                                                  memory_order_relaxed))
        ;
    return r;
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* An empty payload is NULL. */
static const uint8_t *payload(const uint8_t *bytes, uint64_t offset, uint64_t length) {
    return length > 0 ? bytes + offset : NULL;
}

/* Where the piece i of a buffer starts. */
static size_t piece_start(const struct emit_buffer *b, size_t i) {
    return i > 0 ? b->ends[i - 1] : 0;
}

static bool note_causes(struct run *r, size_t count, uint32_t index) {
    if (count > r->causes_size) {
        size_t size = r->causes_size ? r->causes_size : RUN_BATCH;
        while (size < count)
            size *= 2;
        uint32_t *causes = realloc(r->causes, size * sizeof *causes);
        if (!causes)
            return false;
        r->causes = causes;
        r->causes_size = size;
    }
    for (size_t i = r->emitted; i < count; i++)
        r->causes[i] = index;
    return true;
}

/* Processes one event; its outputs are added to those before. */
static int32_t process_one(struct run *r, struct daemon_cell *d, const struct event_meta *e, const uint8_t *bytes) {
    uintptr_t context = emit_reopen(r->out, EMIT_PROCESS);
    int32_t status = d->vtable.process(d->user_ctx, (NetMeshOsProcessEmitCtx *)context, e->origin, e->sequence,
                                       payload(bytes, e->offset, e->length), e->length);
    emit_close(r->out);
    return status == 0 && r->out->lost ? OUTPUT_LOST : status;
}

/* Hands the pieces from first on to the order's function. */
static void hand_each(const struct run *r, const struct run_order *o, const struct event_meta *e, size_t first,
                      uint64_t sequence) {
    const struct emit_buffer *b = r->out;
    for (size_t i = first; i < b->count; i++) {
        size_t start = piece_start(b, i), length = b->ends[i] - start;
        o->each(o->each_ctx, o->daemon_id, e->origin, e->sequence, sequence++, payload(b->bytes, start, length),
                length);
    }
}

void run_process(struct run *r, struct daemon_cell *d, const struct event_meta *events, size_t n,
                 const uint8_t *bytes, struct run_order order) {
    struct frame f;
    frame_enter(&f, d);
    r->handled = r->emitted = r->failed = 0;
    emit_empty(r->out);
    uint64_t began = now_ns(), last = began;
    while (r->handled < n) {
        uint32_t index = (uint32_t)r->handled++;
        size_t before = r->out->count;
        int32_t status = process_one(r, d, &events[index], bytes);
        size_t count = r->out->count;
        if (status == 0 && order.keep && !note_causes(r, count, index))
            status = OUTPUT_LOST;
        if (status != 0) {
            emit_truncate(r->out, before);
            r->failures[r->failed].index = index;
            r->failures[r->failed++].status = status;
        } else {
            if (order.each)
                hand_each(r, &order, &events[index], before, order.first_output + r->emitted);
            r->emitted += count - before;
            if (!order.keep)
                emit_truncate(r->out, before);
        }
        uint64_t now = now_ns();
        r->took_ns[index] = now - last;
        last = now;
        if (now - began >= LONG_NS || (status != 0 && order.stop_on_failure))
            break;
    }
    frame_leave(&f);
}

void run_emit(struct daemon_cell *d, NetMeshOsOutputFn fn, void *ctx, const struct event_meta *in,
              const struct event_meta *out, const uint8_t *bytes, const uint32_t *causes, size_t n) {
    struct frame f;
    frame_enter(&f, d);
    for (size_t i = 0; i < n; i++) {
        const struct event_meta *cause = &in[causes[i]];
        fn(ctx, out[i].origin, cause->origin, cause->sequence, out[i].sequence,
           payload(bytes, out[i].offset, out[i].length), out[i].length);
    }
    frame_leave(&f);
}
