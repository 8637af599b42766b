/* The loop that has a daemon process a batch. The payload of an event says what
 * process does with it: see process(). */
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "run.h"
#include "unit.h"

enum { EVENTS = RUN_BATCH };

static struct daemon_cell *daemon_cell;
static struct run *run;
static struct event_meta events[EVENTS];
static uint8_t payloads[EVENTS * 4];
static uint64_t processed;
static NetMeshOsProcessEmitCtx *last_context;

/* Emits the first byte's number of pieces: the event's sequence, repeated. The
 * second byte is the status. The third: one allocation fails, that after so many
 * others - 1. The fourth: so many ms pass. */
static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    CHECK(ctx == &processed);
    CHECK(frame_current() && frame_current()->daemon == daemon_cell);
    CHECK_U64(origin, sequence + 1000);
    processed++;
    net_meshos_process_emit(last_context, (const uint8_t *)"late", 4); /* of the event before */
    last_context = emit;
    if (length == 0) {
        CHECK(payload == NULL);
        return 0;
    }
    NEED(length == 4);
    if (payload[2])
        alloc_fail_after(payload[2] - 1u);
    for (uint64_t i = 0; i < payload[0]; i++) {
        uint64_t piece[3] = {sequence, sequence, i};
        net_meshos_process_emit(emit, i % 4 ? (const uint8_t *)piece : NULL, i % 4 ? 8 * (i % 4) : 0);
    }
    if (payload[2])
        CHECK(alloc_has_failed());
    for (uint64_t began = now_ns(); now_ns() - began < payload[3] * UINT64_C(1000000);)
        ;
    return (int8_t)payload[1];
}

static void set(size_t i, uint8_t pieces, int8_t status, uint8_t failing, uint8_t ms) {
    uint8_t *payload = &payloads[4 * i];
    payload[0] = pieces;
    payload[1] = (uint8_t)status;
    payload[2] = failing;
    payload[3] = ms;
    events[i] = (struct event_meta){.origin = 1000 + 7 * i, .sequence = 7 * i, .offset = 4 * i, .length = 4};
}

static void begin(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = process};
    daemon_cell = slot_take(&daemon_table);
    NEED(daemon_cell != NULL);
    NEED(daemon_cell_fill(daemon_cell, 8, "x", 1, &vtable, &processed, NULL));
    if (!run) /* a run is used again and again */
        run = run_new();
    NEED(run != NULL);
    for (size_t i = 0; i < EVENTS; i++)
        set(i, 1, 0, 0, 0);
}

static const struct run_request keep = {.daemon_id = 42, .first_output = 100, .keep = true};

/* All events that were handled have a time, but for one that was timed roughly. */
static void check_times(void) {
    size_t timed = 0;
    for (size_t i = 0; i < run->timed; i++) {
        CHECK(run->times[i].count >= 1);
        timed += run->times[i].count;
    }
    CHECK(timed == run->handled || (run->request.rough && timed == 0));
}

/* Runs the events in as many batches as it takes: on a busy machine one may end
 * early. Checks what is the same for all. */
static size_t process_some(size_t from, size_t n, struct run_request order) {
    uint64_t before = processed;
    run->request = order;
    if (!order.rough)
        run->request.start = monotonic_ns();
    run_process((uintptr_t)run, (uintptr_t)daemon_cell, events + from, n, payloads);
    check_times();
    CHECK(run->handled >= 1 && run->handled <= n);
    CHECK_U64(processed - before, run->handled);
    CHECK(frame_current() == NULL);
    CHECK_U64(run->out->context, 0);
    return run->handled;
}

static bool has_failed(size_t index) {
    for (size_t f = 0; f < run->failed; f++)
        if (run->failures[f].index == index)
            return true;
    return false;
}

/* The outputs kept are those of the events that did not fail, in order. */
static void check_outputs(size_t from) {
    size_t at = 0;
    for (size_t i = 0; i < run->handled; i++) {
        if (has_failed(i))
            continue;
        size_t pieces = events[from + i].length ? payloads[4 * (from + i)] : 0;
        for (size_t p = 0; p < pieces; p++, at++) {
            NEED(at < run->emitted);
            CHECK_U64(run_causes(run)[at], i);
            size_t start = at > 0 ? emit_ends(run->out)[at - 1] : 0;
            if (CHECK_U64(emit_ends(run->out)[at] - start, 8 * (p % 4)) && p % 4)
                CHECK(memcmp(emit_bytes(run->out) + start, &events[from + i].sequence, 8) == 0);
        }
    }
    CHECK_U64(run->emitted, at);
    CHECK_U64(run->out->count, at);
}

static void outputs_are_kept_with_their_causes(void) {
    begin();
    for (size_t i = 0; i < EVENTS; i++)
        set(i, (uint8_t)(i % 6), 0, 0, 0);
    events[9].length = 0; /* an empty payload reaches process as NULL */
    for (size_t from = 0; from < EVENTS;) {
        size_t handled = process_some(from, EVENTS - from, keep);
        CHECK_U64(run->failed, 0);
        check_outputs(from);
        from += handled;
    }
    CHECK_U64(processed, EVENTS);
}

static void a_failed_event_leaves_no_outputs(void) {
    begin();
    struct rng r = rng_new(1);
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < EVENTS; i++)
            set(i, (uint8_t)rng_below(&r, 6), (int8_t)(rng_below(&r, 3) ? 0 : 1 + (int)rng_below(&r, 200) - 100), 0, 0);
        size_t failed = 0;
        process_some(0, EVENTS, keep);
        for (size_t i = 0; i < run->handled; i++) {
            int8_t status = (int8_t)payloads[4 * i + 1];
            if (status == 0)
                continue;
            NEED(failed < run->failed);
            CHECK_U64(run->failures[failed].index, i);
            CHECK_INT(run->failures[failed].status, status);
            failed++;
        }
        CHECK_U64(run->failed, failed);
        check_outputs(0);
    }
}

static void it_stops_after_a_failure_if_told_so(void) {
    begin();
    struct run_request order = keep;
    order.stop_on_failure = true;
    set(5, 2, -3, 0, 0);
    for (size_t from = 0; from <= 5;)
        from += process_some(from, 10 - from, order);
    CHECK_U64(processed, 6);
    CHECK_U64(run->failed, 1);
    CHECK_INT(run->failures[0].status, -3);
}

static void it_stops_when_it_has_taken_long(void) {
    begin();
    set(0, 1, 0, 0, 3);
    process_some(0, EVENTS, keep);
    CHECK_U64(run->handled, 1); /* the event at hand is finished */
    CHECK(run->timed == 1 && run->times[0].ns >= 3000000);
    check_outputs(0);
}

/* One of many short events is slow, wherever in a group it stands: its time is
 * noted as that of one event. */
static void a_slow_event_among_short_ones_is_timed_alone(void) {
    for (size_t slow = 0; slow < 40; slow++) {
        begin();
        for (size_t i = 0; i < EVENTS; i++)
            set(i, 0, 0, 0, i == slow ? 20 : 0);
        for (size_t from = 0; from <= slow;) {
            size_t handled = process_some(from, EVENTS - from, keep);
            from += handled;
        }
        uint64_t longest = 0, count = 0;
        for (size_t i = 0; i < run->timed; i++)
            if (run->times[i].ns > longest)
                longest = run->times[i].ns, count = run->times[i].count;
        CHECK(longest >= 10000000);
        CHECK_U64(count, 1);
    }
}

/* A rough time finds what takes longer than its clock is rough. */
static void rough_times_miss_nothing_long(void) {
    begin();
    struct run_request order = keep;
    for (int i = 0; i < 100; i++) {
        set(0, 1, 0, 0, i % 10 == 9 ? 30 : 0);
        order.start = rough_now(&order.rough);
        CHECK(order.rough == (i % 8 != 0)); /* each eighth is exact */
        process_some(0, 1, order);
        check_outputs(0);
        if (i % 10 == 9)
            CHECK(run->timed == 1 && run->times[0].ns >= 30000000);
    }
}

static void an_event_whose_outputs_are_lost_has_failed(void) {
    begin();
    events[0].length = 0; /* so that nothing is borrowed yet */
    set(1, 255, 0, 1, 0);
    set(2, 255, 0, 0, 0);
    for (size_t from = 0; from < 3;) {
        size_t handled = process_some(from, 3 - from, keep);
        bool lost = from <= 1 && from + handled > 1;
        CHECK_U64(run->failed, lost);
        if (lost) {
            CHECK_U64(run->failures[0].index, 1 - from);
            CHECK(run->failures[0].no_memory && run->failures[0].status == 0);
        }
        check_outputs(from);
        from += handled;
    }
}

/* The functions of the host that get outputs. */
static struct {
    uint64_t next_output, next_cause;
    size_t count;
    bool in_frame;
} sink;

static void take_output(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                        const uint8_t *payload, size_t length) {
    CHECK(ctx == &sink);
    CHECK_U64(daemon_id, 42);
    CHECK_U64(in_origin, in_sequence + 1000);
    CHECK(in_sequence >= sink.next_cause); /* events come in order */
    sink.next_cause = in_sequence;
    CHECK_U64(out_sequence, sink.next_output++); /* without gaps */
    CHECK((payload == NULL) == (length == 0));
    if (length >= 8)
        CHECK(memcmp(payload, &in_sequence, 8) == 0);
    CHECK(frame_current() && frame_current()->daemon == daemon_cell);
    sink.count++;
}

static void each_event_hands_its_outputs_on(void) {
    for (int kept = 0; kept < 2; kept++) {
        begin();
        sink.count = sink.next_cause = 0;
        sink.next_output = 100;
        struct run_request order = {.reply = (uintptr_t)take_output, .reply_ctx = (uintptr_t)&sink, .daemon_id = 42, .first_output = 100,
                                  .keep = kept != 0};
        size_t outputs = 0;
        for (size_t i = 0; i < EVENTS; i++) {
            bool fails = i % 7 == 3;
            set(i, (uint8_t)(i % 5), fails ? -1 : 0, 0, 0);
            outputs += fails ? 0 : i % 5;
        }
        for (size_t from = 0; from < EVENTS;) {
            order.first_output = sink.next_output;
            size_t handled = process_some(from, EVENTS - from, order);
            if (kept)
                check_outputs(from);
            else
                CHECK_U64(run->out->count, 0);
            from += handled;
        }
        CHECK_U64(sink.count, outputs);
        CHECK_U64(sink.next_output, 100 + outputs);
    }
}

static void a_sink_gets_kept_outputs(void) {
    begin();
    for (size_t i = 0; i < EVENTS; i++)
        set(i, (uint8_t)(i % 5), i % 7 == 3 ? -1 : 0, 0, 0);
    sink.count = sink.next_cause = 0;
    sink.next_output = 100;
    struct run_request order = keep;
    for (size_t from = 0; from < EVENTS;) {
        order.first_output = sink.next_output;
        size_t handled = process_some(from, EVENTS - from, order), before = sink.count;
        run_emit(run, take_output, (uintptr_t)&sink, events + from);
        CHECK_U64(sink.count - before, run->emitted);
        CHECK(frame_current() == NULL);
        from += handled;
    }
    CHECK(sink.count > EVENTS);
}

static void no_memory_is_no_run(void) {
    for (unsigned after = 0; after < 2; after++) {
        alloc_fail_after(after);
        CHECK(run_new() == NULL);
        CHECK(alloc_has_failed());
    }
}

const struct test run_tests[] = {
    {"run: outputs are kept with their causes", outputs_are_kept_with_their_causes},
    {"run: a failed event leaves no outputs (random)", a_failed_event_leaves_no_outputs},
    {"run: it stops after a failure if told so", it_stops_after_a_failure_if_told_so},
    {"run: it stops when it has taken long", it_stops_when_it_has_taken_long},
    {"run: a slow event among short ones is timed alone", a_slow_event_among_short_ones_is_timed_alone},
    {"run: rough times miss nothing long", rough_times_miss_nothing_long},
    {"run: an event whose outputs are lost has failed", an_event_whose_outputs_are_lost_has_failed},
    {"run: each event hands its outputs on", each_event_hands_its_outputs_on},
    {"run: a sink gets kept outputs", a_sink_gets_kept_outputs},
    {"run: no memory is no run", no_memory_is_no_run},
    {NULL, NULL},
};
