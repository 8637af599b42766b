/* What the round's threads and callbacks share: slots with the handles that are in use, a record of each daemon that
 * ever was, and the model's books. Records are never freed within a round: what the library does to a daemon that
 * has gone must be seen. */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "lib.h"
#include "plan.h"

#include <pthread.h>
#include <stdbool.h>

enum { SDK_SLOTS = 3, DAEMON_SLOTS = 10, SEEDS = 10, STALE = 64, MAX_RECORDS = 4096, MAX_SDKS = 256, PRODUCERS = 64 };

/* One SDK's life. */
struct sdk {
    NetMeshOsSdk *handle;
    pthread_mutex_t output_lock, log_lock; /* who replaces the function; only tried for from inside callbacks */
    struct sink *output, *log;
    atomic_int log_inside;
    atomic_ulong accepted;   /* events that went in by post, or were processed by deliver */
    atomic_ulong processed, failed, outputs;
    atomic_ulong subscribed; /* ACCOUNTS: outputs that went to subscribers */
    atomic_bool plain;       /* a daemon without callbacks: what it processes nobody sees */
    atomic_bool edges;       /* subscriptions have been asked for */
    atomic_bool ended;       /* sdk_shutdown has said that no callback runs or will run */
};

/* A function of set_output or on_log. */
struct sink {
    struct sdk *sdk;
    int level;
    uint64_t last_log; /* the number of the record that it got last */
    atomic_bool retired; /* replaced, and the call that did it has returned */
};

/* One daemon's life. */
struct record {
    uint32_t number; /* from 1 */
    struct sdk *sdk;
    NetMeshOsHandle *handle;
    uint64_t id;
    uint32_t seed;
    bool calm, with_destroy, consumer;
    NetMeshOsDaemonControl *out; /* a page, closed once handle_free has returned */
    atomic_int inside, destroyed;
    atomic_int ending; /* calls under way that end it */
    atomic_bool over; /* a call has promised that no callback runs or will run */
    atomic_bool gone; /* nor destroy */
    /* Touched by callbacks alone, which follow each other. */
    uint64_t posted_inside, outputs;
    uint64_t last_sequence[PRODUCERS];
    uint32_t *last_output; /* by the producing record's number */
    uint32_t snapshots;
    uintptr_t last_emit;
    /* ACCOUNTS */
    atomic_ulong accepted, processed;
    atomic_uint subscribers;
};

struct world {
    struct plan plan;
    _Atomic(struct sdk *) sdks[SDK_SLOTS];
    _Atomic(struct record *) daemons[DAEMON_SLOTS];
    atomic_uintptr_t stale[STALE]; /* handles that have been freed, strings and bytes too */
    atomic_uint stale_next;
    atomic_uint record_count, sdk_count;
    struct record *records[MAX_RECORDS];
    struct sdk *all_sdks[MAX_SDKS];
    atomic_uint readers; /* threads that wait in next_control without end */
    atomic_uintptr_t old_emit; /* a context of a callback that is over */
    atomic_bool calm;    /* the round is over: callbacks do as little as they can */
    _Atomic(uint64_t) ids[SEEDS];
    uint64_t sequences[PRODUCERS]; /* each touched by its thread alone */
    atomic_bool exact;
};

extern struct world world;

/* What the parent can see: where each thread is, what was wrong. */
struct shared {
    _Atomic(int) at[MAX_THREADS];
    _Atomic(int) failed;
    char message[512];
    atomic_ulong digest; /* of everything that the round answered; the same each time with one thread */
};
extern struct shared *shared;

/* The callbacks that this thread is in, outermost first. */
struct inside {
    int depth;
    struct record *stack[8]; /* NULL: an output or log function */
};
extern _Thread_local struct inside inside;
extern _Thread_local int this_thread; /* of the plan, or -1 on threads of the library */

_Noreturn void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool is_inside(const struct record *record);

void world_run(const struct plan *plan, const char *library);

/* callbacks.c */
extern const NetMeshOsDaemonVtable tables[4];
void destroy_called(void *ctx);
void output_called(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                   const uint8_t *payload, size_t len);
void log_called(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon, const char *message, size_t len);

/* ops.c */
void op_run(enum op_kind kind, uint64_t random);
/* A call has returned that promises a daemon's end. alone: no other such call was under way, whose turn destroy is. */
void end_promised(struct record *record, const char *by, bool alone);

#endif
