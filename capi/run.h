/* Processing of a batch of events: the loop that calls process for each, so
 * that a batch costs one crossing from Go. */
#ifndef MESHOS_RUN_H
#define MESHOS_RUN_H

#include "abi.h"
#include "cells.h"
#include "emit.h"

/* An event without its payload, which stands at bytes + offset. Go's
 * event.Meta has the same layout. */
struct event_meta {
    uint64_t origin, sequence, offset, length;
};

enum { RUN_BATCH = 256 }; /* the most events of one batch */

/* What became of a batch. A run is used by one batch at a time and used again;
 * Go owns who has which. */
struct run {
    struct emit_buffer *out; /* what the events emitted, if it was to be kept */
    size_t handled;          /* events from the first on, failed ones included */
    size_t emitted;          /* outputs of events that did not fail */
    uint32_t *causes;        /* for each kept output, the index of its event */
    size_t causes_size;
    size_t failed;
    struct {
        uint32_t index;
        int32_t status;
    } failures[RUN_BATCH];
    uint64_t took_ns[RUN_BATCH]; /* for each handled event */
    struct run *made_before;
};

/* NULL: no memory, or too many callbacks run. */
struct run *run_new(void);

struct run_order {
    NetMeshOsOutputFn each; /* called with the outputs of each event; may be NULL */
    void *each_ctx;
    uint64_t daemon_id, first_output;
    bool keep, stop_on_failure;
};

/* Has the daemon process n events, at least 1 and at most RUN_BATCH. It stops
 * early after a failure if told so, or when it has taken long. */
void run_process(struct run *r, struct daemon_cell *d, const struct event_meta *events, size_t n,
                 const uint8_t *bytes, struct run_order order);

/* Calls a sink with n outputs. */
void run_emit(struct daemon_cell *d, NetMeshOsOutputFn fn, void *ctx, const struct event_meta *in,
              const struct event_meta *out, const uint8_t *bytes, const uint32_t *causes, size_t n);

#endif
