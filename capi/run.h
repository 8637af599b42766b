/* Processing of a batch of events: the loop that calls process for each, so
 * that a batch costs one crossing from Go. */
#ifndef MESHOS_RUN_H
#define MESHOS_RUN_H

#include "abi.h"
#include "batch.h"
#include "cells.h"
#include "emit.h"

/* What to do with a batch. Go fills it in, with pointers as numbers: see
 * run_process. */
struct run_request {
    uintptr_t reply; /* a NetMeshOsOutputFn, called with the outputs of each event; 0: none */
    uintptr_t reply_ctx;
    uint64_t daemon_id, first_output;
    uint64_t start; /* when the batch began, after clock_origin */
    bool rough;     /* that time may be early by a kernel's tick: see rough_now */
    bool keep, stop_on_failure;
};

/* How long events took: each of count of them ns. */
struct run_time {
    uint64_t ns, count;
};

/* What became of a batch. A run serves one batch at a time and is used again;
 * Go decides which batch has which run. */
struct run {
    struct run_request request;
    struct emit_buffer *out; /* what the events emitted, if it was to be kept */
    struct daemon_cell *daemon;
    _Atomic uint64_t next_output; /* the number of the next event's first output; 0: no batch is under way */
    _Atomic uint32_t interrupted; /* the batch ends after the event under way, whose outputs are kept */
    size_t handled;   /* events from the first on, failed ones included */
    size_t emitted;   /* outputs of events that did not fail */
    size_t unkept;    /* the first so many of them were not kept */
    struct space causes; /* for each kept output, the index of its event: uint32_t */
    size_t failed, timed;
    struct {
        uint32_t index;
        int32_t status;
        bool no_memory; /* for its outputs; status says nothing then */
    } failures[RUN_BATCH];
    struct run_time times[RUN_BATCH];
    struct run *made_before, *next_free;
    uint32_t own_causes[RUN_BATCH];
};

static inline uint32_t *run_causes(const struct run *r) {
    return r->causes.at;
}

/* A run that nobody uses. NULL: no memory. */
struct run *run_new(void);
void run_give_back(struct run *r);

/* Has the daemon process n events, at least 1 and at most RUN_BATCH. It stops
 * early after a failure if told so, or when it has taken long. run and cell are a
 * struct run and a struct daemon_cell: cgo looks at pointers to such structs at
 * each call, at numbers it doesn't. */
void run_process(uintptr_t run, uintptr_t cell, const struct event_meta *events, size_t n, const uint8_t *bytes);

/* Drops the outputs that the last batch has kept. To be called when they are passed
 * on, if they take more than the run has for good. */
void run_empty(struct run *r);

/* The same for one event on its own, at payload. It is timed if that is to be exact
 * or it took long. run_begins comes before: it empties the results and notes when
 * the event begins. */
void run_begins(struct run *r);
void run_one(struct run *r, struct daemon_cell *d, const struct event_meta *event, const uint8_t *payload, bool exact);

/* Calls a sink with the outputs that the last batch has kept. */
void run_emit(const struct run *r, NetMeshOsOutputFn fn, uintptr_t ctx, const struct event_meta *in);

/* Calls a sink with one output of a daemon whose callbacks are not C's. */
void call_output(uintptr_t cell, NetMeshOsOutputFn fn, uintptr_t ctx, uint64_t daemon_id, uint64_t in_origin,
                 uint64_t in_sequence, uint64_t sequence, const uint8_t *bytes, size_t length);

/* The clock, and what it shows when Go's clock.Now is 0. */
uint64_t monotonic_ns(void);
extern uint64_t clock_origin;

/* When a call begins. Mostly *rough is set to true: then the time comes from a
 * clock that is read in a quarter of the time, and is some milliseconds early. */
uint64_t rough_now(bool *rough);

#endif
