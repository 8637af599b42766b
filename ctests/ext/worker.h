/* A daemon that fails when an event says so. */
#ifndef EXT_WORKER_H
#define EXT_WORKER_H

#include "actor.h"

/* Fails for every event whose payload is "fail", and records when each event came. Its state is the number of events
 * that it has processed since it was last restored. */
struct worker {
    uint64_t at[64];
    size_t events;
    char state[16];   /* what snapshot emits */
    size_t length;    /* of it; SIZE_MAX: it emits nothing */
    char restored[16];
    size_t restored_length;
    int restore_answer;
};

#define WORKER(a, w) struct worker w = {0}; struct actor a = {.process = worker_process, .context = &w}
#define STATEFUL(a, w) \
    struct worker w = {0}; \
    struct actor a = {.process = worker_process, .snapshot = worker_snapshot, .restore = worker_restore, .context = &w}

/* Configuration: the third failure is a crash loop. */
#define CRASH_LOOP "'on_process_failure': 'restart', 'backoff_initial_ms': 1, 'crash_loop_threshold': 3"

/* The callbacks of a worker. */
int worker_process(struct actor *a, const struct call *c);
void worker_snapshot(struct actor *a, NetMeshOsSnapshotEmitCtx *emit);
int worker_restore(struct actor *a, const uint8_t *state, size_t length);

/* Has snapshot emit the text, and takes it. */
void take_snapshot(struct actor *a, const char *text);

/* What runtime_json says of its lifecycle. */
const char *lifecycle(const struct actor *a);

/* For SDKs that are started next: in a durable mesh a posted event that failed is tried again, unless it is put aside after
 * the first time. */
void put_aside_at_once(void);

#endif
