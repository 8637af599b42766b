/* The callbacks, and what must be true whenever one runs. */
#include "message.h"
#include "world.h"

#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Thread_local struct inside inside;
_Thread_local int this_thread = -1;

bool is_inside(const struct record *record) {
    for (int i = 0; i < inside.depth; i++)
        if (inside.stack[i] == record)
            return true;
    return false;
}

static void may_run(const struct record *record, const char *what) {
    if (atomic_load(&record->over))
        wrong("late: %s of daemon %u runs, and a call had promised that none will", what, record->number);
    if (atomic_load(&record->sdk->ended))
        wrong("late: %s of daemon %u runs after sdk_shutdown has returned 0", what, record->number);
    if (atomic_load(&record->destroyed))
        wrong("late: %s of daemon %u runs after destroy", what, record->number);
}

static void enter(struct record *record, const char *what) {
    may_run(record, what);
    if (atomic_fetch_add(&record->inside, 1) != 0)
        wrong("overlap: %s of daemon %u runs beside another callback", what, record->number);
    inside.stack[inside.depth++] = record;
}

static void leave(struct record *record, const char *what) {
    inside.depth--;
    if (atomic_fetch_sub(&record->inside, 1) != 1)
        wrong("overlap: another callback of daemon %u ran beside %s", record->number, what);
    /* Looked at again: a call may have promised an end while this callback ran. */
    may_run(record, what);
}

static void linger(uint64_t *random) {
    if (draw_below(random, 16) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    else if (draw_below(random, 4) == 0)
        sched_yield();
}

/* A call from inside, of any kind, but for daemons that are calm. Books are kept, and a plan on one thread answers the
 * same each time, only if no thread of the library makes calls. */
static void reenter(const struct record *record, uint64_t *random) {
    const uint64_t op = draw(random);
    if (world.plan.profile == ACCOUNTS || (world.plan.threads == 1 && this_thread < 0))
        return;
    static const enum op_kind crowd[] = {OP_FREE, OP_FREE, OP_DELIVER, OP_FLUSH, OP_POST, OP_SUBSCRIBE};
    if (draw_below(random, 4) == 0 && !record->calm && !atomic_load(&world.calm) && inside.depth < 3)
        op_run(plan_crowded(world.plan.seed) ? crowd[op % 6] : (enum op_kind)(op % OP_SETTLE), op >> 8);
}

/* An event from outside comes in its producer's order, an output in its emitter's. */
static void in_order(struct record *record, uint64_t origin, uint64_t sequence, const struct message *message) {
    if (message && message->emitter) {
        const struct record *emitter = world.records[message->emitter];
        if (message->number != sequence || (emitter->id && emitter->id != origin))
            wrong("output: number %" PRIu64 " of daemon %u came as %" PRIu64, message->number, message->emitter, sequence);
        if (record->last_output[message->emitter] >= sequence)
            wrong("order: output %" PRIu64 " of daemon %u after its output %u", sequence, message->emitter,
                  record->last_output[message->emitter]);
        record->last_output[message->emitter] = (uint32_t)sequence;
    } else if (origin < PRODUCERS) {
        if (record->last_sequence[origin] >= sequence)
            wrong("order: event %" PRIu64 " of producer %" PRIu64 " after its event %" PRIu64, sequence, origin,
                  record->last_sequence[origin]);
        record->last_sequence[origin] = sequence;
    }
}

static void emit_outputs(struct record *record, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                         uint32_t count, uint32_t hops, uint64_t *random) {
    for (uint32_t i = 0; i < count; i++) {
        struct bytes bytes = {.message = {.magic = MESSAGE_MAGIC, .emitter = record->number,
                                          .number = record->outputs + 1 + i, .in_origin = origin,
                                          .in_sequence = sequence, .hops = hops, .random = draw(random)}};
        bytes.message.extra = draw_below(random, EXTRA_MAX);
        if (draw_below(random, 8) == 0)
            CALL(net_meshos_process_emit)(emit, NULL, 0);
        else
            CALL(net_meshos_process_emit)(emit, (uint8_t *)&bytes, message_fill(&bytes));
        /* None of these may become an output. */
        if (draw_below(random, 8) == 0) {
            CALL(net_meshos_process_emit)((NetMeshOsProcessEmitCtx *)atomic_load(&world.old_emit), (uint8_t *)"x", 1);
            CALL(net_meshos_process_emit)(emit, NULL, 1);
        }
    }
}

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t len) {
    struct record *record = ctx;
    enter(record, "process");
    struct message message;
    if ((len == 0) != (payload == NULL) || (len && !message_whole(payload, len, &message)))
        wrong("payload: process got other bytes than were sent");
    in_order(record, origin, sequence, len ? &message : NULL);
    /* The callback before is over: whoever tries its context must be ignored. */
    atomic_store(&world.old_emit, record->last_emit);
    uint64_t random = len ? message.random : sequence;

    const bool accounts = world.plan.profile == ACCOUNTS;
    uint32_t count = draw_below(&random, 4);
    bool fails = draw_below(&random, accounts ? 4 : 8) == 0;
    if (accounts) {
        fails &= record->consumer;
        count = record->consumer ? 0 : count;
    }
    /* Events from outside come with small origins; an empty output of a daemon doesn't say how far it came. */
    const uint32_t hops = len ? message.hops + 1 : origin < PRODUCERS + MAX_RECORDS ? 1 : MAX_HOPS;
    if (hops >= MAX_HOPS)
        count = 0;
    emit_outputs(record, emit, origin, sequence, count, hops, &random);
    linger(&random);
    reenter(record, &random);
    fails &= !atomic_load(&world.calm);
    record->last_emit = (uintptr_t)emit;
    atomic_fetch_add(&record->sdk->processed, 1);
    if (fails) {
        atomic_fetch_add(&record->sdk->failed, 1);
    } else {
        record->outputs += count;
        atomic_fetch_add(&record->sdk->outputs, count);
        atomic_fetch_add(&record->sdk->subscribed, (unsigned long)count * atomic_load(&record->subscribers));
    }
    leave(record, "process");
    atomic_fetch_add(&record->processed, 1);
    return fails ? 1 + (int)(random & 7) : 0;
}

_Thread_local size_t snapshot_len; /* what the snapshot callback on this thread gave last */

static void snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    struct record *record = ctx;
    enter(record, "snapshot");
    uint64_t random = ++record->snapshots;
    struct bytes bytes = {.message = {.magic = MESSAGE_MAGIC, .emitter = record->number, .random = draw(&random)}};
    bytes.message.extra = draw_below(&random, EXTRA_MAX);
    CALL(net_meshos_snapshot_emit)(NULL, (uint8_t *)"x", 1);
    snapshot_len = 0;
    if (draw_below(&random, 8)) {
        snapshot_len = message_fill(&bytes);
        CALL(net_meshos_snapshot_emit)(emit, (uint8_t *)&bytes, snapshot_len);
        CALL(net_meshos_snapshot_emit)(emit, (uint8_t *)"later ones are ignored", 5);
    }
    linger(&random);
    leave(record, "snapshot");
}

static int restore(void *ctx, const uint8_t *state, size_t len) {
    struct record *record = ctx;
    enter(record, "restore");
    struct message message;
    if (len && !message_whole(state, len, &message))
        wrong("state: restore got other bytes than were given");
    uint64_t random = len ? message.random : 1;
    const bool fails = draw_below(&random, 8) == 0 && !atomic_load(&world.calm);
    leave(record, "restore");
    return fails;
}

static void on_control(void *ctx, int kind, uint64_t grace_period_ms, float level) {
    struct record *record = ctx;
    enter(record, "on_control");
    if (kind < NET_MESHOS_CONTROL_SHUTDOWN || kind > NET_MESHOS_CONTROL_BACKPRESSURE_OFF)
        wrong("control: kind %d", kind);
    if (kind == NET_MESHOS_CONTROL_BACKPRESSURE_ON && !(level >= 0 && level <= 1))
        wrong("control: level %g", (double)level);
    uint64_t random = grace_period_ms + (uint64_t)kind + record->number;
    reenter(record, &random);
    leave(record, "on_control");
}

static int health(void *ctx) {
    struct record *record = ctx;
    enter(record, "health");
    uint64_t random = atomic_load(&record->processed);
    leave(record, "health");
    /* Anything, now and then, and what helps the node out of maintenance at the end. */
    return atomic_load(&world.calm) ? NET_MESHOS_HEALTH_HEALTHY : (int)draw(&random) % 4;
}

static float saturation(void *ctx) {
    struct record *record = ctx;
    enter(record, "saturation");
    uint64_t random = atomic_load(&record->processed);
    leave(record, "saturation");
    const float values[] = {0.0f, 0.5f, 1.0f, -1.0f, 1e30f, NAN, INFINITY};
    return values[draw_below(&random, sizeof values / sizeof *values)];
}

const NetMeshOsDaemonVtable tables[4] = {
    {process, snapshot, restore, on_control, health, saturation},
    {.process = process, .on_control = on_control},
    {.process = process, .snapshot = snapshot, .restore = restore},
    {.process = process},
};

void destroy_called(void *ctx) {
    struct record *record = ctx;
    if (atomic_load(&record->inside))
        wrong("destroy: of daemon %u beside a callback", record->number);
    if (atomic_fetch_add(&record->destroyed, 1))
        wrong("destroy: of daemon %u a second time", record->number);
    if (atomic_load(&record->gone))
        wrong("destroy: of daemon %u after a call had promised its end", record->number);
}

void output_called(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                   const uint8_t *payload, size_t len) {
    const struct sink *sink = ctx;
    if (atomic_load(&sink->retired))
        wrong("output: a function is called that has been replaced");
    struct message message;
    if ((len == 0) != (payload == NULL) || (len && !message_whole(payload, len, &message)))
        wrong("output: other bytes than were emitted");
    if (!len)
        return;
    struct record *emitter = world.records[message.emitter];
    if (emitter->id && emitter->id != daemon)
        wrong("output: of daemon %u as that of another", message.emitter);
    if (message.number != out_sequence)
        wrong("output: number %" PRIu64 " of daemon %u came as %" PRIu64, message.number, message.emitter, out_sequence);
    if (message.in_origin != in_origin || message.in_sequence != in_sequence)
        wrong("output: %" PRIu64 " of daemon %u is said to be of another event", out_sequence, message.emitter);
    enter(emitter, "an output function");
    uint64_t random = message.random;
    linger(&random);
    const enum op_kind quick[] = {OP_EMIT, OP_ERRORS, OP_LOOK, OP_ACCESSORS};
    if (draw_below(&random, 8) == 0)
        op_run(quick[draw_below(&random, 4)], random);
    leave(emitter, "an output function");
}

void log_called(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon, const char *message, size_t len) {
    struct sink *sink = ctx;
    struct sdk *sdk = sink->sdk;
    if (atomic_load(&sink->retired))
        wrong("log: a function is called that has been replaced");
    if (atomic_fetch_add(&sdk->log_inside, 1))
        wrong("log: two log functions of one SDK at once");
    if (seq <= sink->last_log || level < sink->level || level > NET_MESHOS_LOG_ERROR || !unix_ms || (len && !message))
        wrong("log: record %" PRIu64 " of level %d after %" PRIu64, seq, level, sink->last_log);
    sink->last_log = seq;
    inside.stack[inside.depth++] = NULL;
    uint64_t random = seq + daemon;
    const enum op_kind quick[] = {OP_ON_LOG, OP_ERRORS, OP_LOG, OP_LOOK};
    if (draw_below(&random, 8) == 0 && !atomic_load(&world.calm))
        op_run(quick[draw_below(&random, 4)], random);
    linger(&random);
    inside.depth--;
    atomic_fetch_sub(&sdk->log_inside, 1);
}
