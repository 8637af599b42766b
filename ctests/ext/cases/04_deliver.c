/* What process is called with, what becomes of what it emits, and what deliver returns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static void emit(const struct call *c, const char *text) {
    net_meshos_process_emit(c->emit, (const uint8_t *)text, strlen(text));
}

/* ---- The arguments of process ---- */

struct seen {
    uint64_t origin, sequence;
    const uint8_t *payload;
    size_t length;
    uint8_t bytes[256];
};

static int note_call(struct actor *a, const struct call *c) {
    struct seen *seen = a->context;
    *seen = (struct seen){c->origin, c->sequence, c->payload, c->length, {0}};
    if (c->payload)
        memcpy(seen->bytes, c->payload, c->length);
    return 0;
}

CASE(process_arguments, "process: gets the event's origin, sequence and bytes, by deliver and by post") {
    struct seen seen;
    struct actor a = {.process = note_call, .context = &seen};
    NetMeshOsSdk *sdk = sdk_new("{}");
    uint8_t bytes[256], copy[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    memcpy(copy, bytes, sizeof bytes);
    actor_begin(&a, sdk, 1);
    static const uint64_t numbers[] = {0, 1, UINT64_C(0x8000000000000000), UINT64_MAX};
    for (size_t i = 0; i < LENGTH(numbers); i++)
        for (int posted = 0; posted < 2; posted++) {
            NetMeshOsEvent e = {numbers[i], ~numbers[i], bytes, sizeof bytes};
            if (posted) {
                NEED_OK(net_meshos_ext_post(sdk, a.id, &e, 1, NULL));
                memset(bytes, 0, sizeof bytes); /* post has copied it */
                FLUSH(sdk, a.id);
                memcpy(bytes, copy, sizeof bytes);
            } else {
                NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
            }
            CHECK_U64(seen.origin, numbers[i]);
            CHECK_U64(seen.sequence, ~numbers[i]);
            CHECK_U64(seen.length, sizeof bytes);
            CHECK(memcmp(seen.bytes, copy, sizeof bytes) == 0);
        }
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(process_empty_payload, "process: an empty payload is NULL, whatever it was handed in as") {
    struct seen seen;
    struct actor a = {.process = note_call, .context = &seen};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int way = 0; way < 4; way++) {
        NetMeshOsEvent e = {1, 2, way % 2 ? (const uint8_t *)"x" : NULL, 0};
        seen.payload = (const uint8_t *)"untouched";
        seen.length = 99;
        if (way < 2)
            NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
        else
            NEED_OK(net_meshos_ext_post(sdk, a.id, &e, 1, NULL));
        FLUSH(sdk, a.id);
        CHECK(seen.payload == NULL);
        CHECK_U64(seen.length, 0);
    }
    /* also beside others in one batch */
    NetMeshOsEvent batch[3] = {event(1, 1, "x"), event(1, 2, "y"), {1, 3, NULL, 0}};
    NEED_OK(net_meshos_ext_post(sdk, a.id, batch, 3, NULL));
    FLUSH(sdk, a.id);
    CHECK_U64(seen.sequence, 3);
    CHECK(seen.payload == NULL);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(process_large_payload, "process: a payload of max_payload_bytes comes whole") {
    enum { LARGE = 64 << 20 };
    struct seen *seen = calloc(1, sizeof *seen);
    uint8_t *bytes = calloc(1, LARGE + 1);
    NetMeshOsSdk *sdk = sdk_new("{}");
    struct actor a = {0};
    actor_begin(&a, sdk, 1);
    bytes[LARGE - 1] = 7;
    NetMeshOsEvent most = {1, 1, bytes, LARGE}, more = {1, 1, bytes, LARGE + 1};
    EXPECT_OK(net_meshos_ext_deliver(sdk, a.id, &most, NULL, NULL));
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, &most, 1, NULL));
    EXPECT(net_meshos_ext_deliver(sdk, a.id, &more, NULL, NULL), -3, invalid_argument);
    EXPECT(net_meshos_ext_post(sdk, a.id, &more, 1, NULL), -3, invalid_argument);
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
    free(bytes);
    free(seen);
}

CASE(process_threads, "process: deliver, snapshot and restore run on the caller's thread, post does not") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(deliver(sdk, a.id, 1, 1, ""));
    CHECK(pthread_equal(a.thread, pthread_self()));
    POST(sdk, a.id, 1, 1, "");
    FLUSH(sdk, a.id);
    CHECK(!pthread_equal(a.thread, pthread_self()));
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- Emits ---- */

static int emit_as_told(struct actor *a, const struct call *c) {
    (void)a;
    for (size_t i = 0; i < c->length; i++) { /* one output for each byte, with so many bytes */
        char text[64];
        memset(text, 'a' + (int)i, sizeof text);
        net_meshos_process_emit(c->emit, (const uint8_t *)text, (size_t)(c->payload[i] - '0'));
        memset(text, '?', sizeof text); /* it has been copied */
    }
    return 0;
}

CASE(emits_reach_deliver, "emits: go to deliver's function before it returns, numbered from 1") {
    struct outputs outputs = {0};
    struct actor a = {.process = emit_as_told};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(5, 6, "301");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 3);
    static const char *const expected[] = {"aaa", "", "c"};
    for (size_t i = 0; i < 3; i++) {
        const struct output *o = &outputs.kept[i];
        CHECK_TEXT(o->text, expected[i]);
        CHECK_U64(o->length, strlen(expected[i]));
        CHECK(o->null == (o->length == 0)); /* an empty payload is NULL */
        CHECK_U64(o->daemon_id, a.id);
        CHECK_U64(o->in_origin, 5);
        CHECK_U64(o->in_sequence, 6);
        CHECK_U64(o->sequence, i + 1);
    }
    e.payload_len = 0;
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs)); /* no output */
    CHECK_U64(outputs.count, 3);
    POST(sdk, a.id, 1, 1, "11"); /* numbers go on, whoever sees the outputs */
    FLUSH(sdk, a.id);
    e = event(7, 8, "1");
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 4);
    CHECK_U64(outputs.kept[3].sequence, 7);
    CHECK_U64(json_u64(look_at(sdk, a.id), "outputs"), 7);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static int emit_nonsense(struct actor *a, const struct call *c) {
    (void)a;
    static const char text[] = "x";
    const uint8_t *x = (const uint8_t *)text;
    net_meshos_process_emit(NULL, x, 1);
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)(uintptr_t)1, x, 1);
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)(uintptr_t)0x5a5a5a5a, x, 1);
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)UINTPTR_MAX, x, 1);
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)(void *)&a, x, 1);
    net_meshos_snapshot_emit((NetMeshOsSnapshotEmitCtx *)(void *)c->emit, x, 1); /* the other kind */
    net_meshos_process_emit(c->emit, NULL, 1);
    net_meshos_process_emit(c->emit, NULL, SIZE_MAX);
    net_meshos_process_emit(c->emit, NULL, 0); /* an empty output */
    return 0;
}

CASE(emits_nonsense, "emits: a bad context, or NULL with a length, is ignored") {
    struct outputs outputs = {0};
    struct actor a = {.process = emit_nonsense};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 1, "");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 1);
    CHECK(outputs.kept[0].null);
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct late {
    NetMeshOsProcessEmitCtx *context;
};

static int emit_late(struct actor *a, const struct call *c) {
    struct late *late = a->context;
    if (late->context)
        net_meshos_process_emit(late->context, (const uint8_t *)"late", 4); /* that of the event before */
    late->context = c->emit;
    emit(c, "now");
    return 0;
}

CASE(emits_late, "emits: with the context of a callback that is over they are ignored") {
    struct outputs outputs = {0};
    struct late late = {0};
    struct actor a = {.process = emit_late, .context = &late};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 1, ""), many[100];
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 50; i++) {
        NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
        net_meshos_process_emit(late.context, (const uint8_t *)"late", 4);
    }
    CHECK_U64(outputs.count, 50);
    NEED_OK(net_meshos_ext_set_output(sdk, outputs_take, &outputs));
    for (size_t i = 0; i < LENGTH(many); i++)
        many[i] = e;
    NEED_OK(net_meshos_ext_post(sdk, a.id, many, LENGTH(many), NULL)); /* within a batch, too */
    FLUSH(sdk, 0);
    CHECK_U64(outputs.count, 150);
    for (size_t i = 0; i < outputs.count; i++)
        CHECK_TEXT(outputs.kept[i].text, "now");
    ACTOR_END(&a);
    sdk_end(sdk);
}

enum { EMITTERS = 4, EACH = 100 };

static void *emit_many(void *context) {
    for (int i = 0; i < EACH; i++)
        net_meshos_process_emit(context, (const uint8_t *)"thread", 6);
    return NULL;
}

static int emit_from_threads(struct actor *a, const struct call *c) {
    pthread_t threads[EMITTERS];
    (void)a;
    for (int i = 0; i < EMITTERS; i++)
        threads[i] = thread_start(emit_many, c->emit);
    for (int i = 0; i < EMITTERS; i++)
        THREAD_JOIN(threads[i]);
    return 0;
}

CASE(emits_from_threads, "emits: are valid on any thread during the callback") {
    struct outputs outputs = {0};
    struct actor a = {.process = emit_from_threads};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 1, "");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, EMITTERS * EACH);
    for (size_t i = 0; i < outputs.count; i++) {
        CHECK_TEXT(outputs.kept[i].text, "thread");
        CHECK_U64(outputs.kept[i].sequence, i + 1);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* A thread that never stops emitting, with the context of the callback that was called last. */
struct restless {
    _Atomic(NetMeshOsProcessEmitCtx *) context;
    atomic_bool end;
};

static void *emit_without_end(void *context) {
    struct restless *r = context;
    while (!atomic_load(&r->end))
        net_meshos_process_emit(atomic_load(&r->context), (const uint8_t *)"restless", 8);
    return NULL;
}

static int show_context(struct actor *a, const struct call *c) {
    struct restless *r = a->context;
    atomic_store(&r->context, c->emit);
    emit(c, "own");
    return 0;
}

CASE(emits_across_the_end, "emits: from a thread that goes on past the end of callbacks do no harm") {
    struct restless r = {.end = false};
    struct actor a = {.process = show_context, .context = &r};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 1, "");
    pthread_t threads[2];
    uint64_t next = 1;
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 2; i++)
        threads[i] = thread_start(emit_without_end, &r);
    static struct outputs outputs;
    for (int i = 0; i < 1000; i++) {
        outputs.count = 0;
        NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
        size_t own = 0;
        for (size_t o = 0; o < outputs.count && o < OUTPUTS_KEPT; o++) {
            own += strcmp(outputs.kept[o].text, "own") == 0;
            if (strcmp(outputs.kept[o].text, "own") != 0)
                CHECK_TEXT(outputs.kept[o].text, "restless");
            CHECK_U64(outputs.kept[o].sequence, next + o);
        }
        CHECK(own == 1 || outputs.count > OUTPUTS_KEPT);
        next += outputs.count;
    }
    atomic_store(&r.end, true);
    for (int i = 0; i < 2; i++)
        THREAD_JOIN(threads[i]);
    CHECK_U64(json_u64(look_at(sdk, a.id), "outputs"), next - 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static int emit_large(struct actor *a, const struct call *c) {
    enum { LARGE = 3 << 20 };
    uint8_t *bytes = malloc(LARGE);
    (void)a;
    for (int i = 0; i < 4; i++) {
        memset(bytes, 'a' + i, LARGE);
        net_meshos_process_emit(c->emit, bytes, LARGE);
    }
    free(bytes);
    return 0;
}

CASE(emits_large, "emits: large outputs come whole") {
    struct outputs outputs = {0};
    struct actor a = {.process = emit_large};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 1, "");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 4);
    for (size_t i = 0; i < 4; i++) {
        CHECK_U64(outputs.kept[i].length, 3 << 20);
        CHECK_INT(outputs.kept[i].text[0], 'a' + (int)i);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- Failures ---- */

/* Whether an output is the i-th that fail_as_told emits for its event. */
#define CHECK_OUTPUT(output, i) check_output((output), (i))
static void check_output(const struct output *o, int i) {
    char text[32];
    snprintf(text, sizeof text, "%d of %llu", i, (unsigned long long)o->in_sequence);
    CHECK_TEXT(o->text, text);
}

static int fail_as_told(struct actor *a, const struct call *c) {
    char text[32];
    (void)a;
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "%d of %llu", i, (unsigned long long)c->sequence);
        emit(c, text);
    }
    return c->length > 0 ? (int)strtol((const char *)c->payload, NULL, 10) : 0;
}

CASE(failed_process, "failures: process_failed from deliver, and nothing that was emitted is kept") {
    static const char *const statuses[] = {"1", "-1", "2147483647", "-2147483648", "256"};
    struct outputs outputs = {0}, all = {0};
    struct actor a = {.process = fail_as_told}, subscriber = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&subscriber, sdk, 2);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, subscriber.id));
    NEED_OK(net_meshos_ext_set_output(sdk, outputs_take, &all));
    for (size_t i = 0; i < LENGTH(statuses); i++) {
        NetMeshOsEvent bad = event(7, i, statuses[i]), good = event(7, 100 + i, "");
        EXPECT(net_meshos_ext_deliver(sdk, a.id, &bad, outputs_take, &outputs), -2, process_failed);
        EXPECT_OK(net_meshos_ext_deliver(sdk, a.id, &good, outputs_take, &outputs)); /* it goes on */
        const struct json *failure = json_get(look_at(sdk, a.id), "last_failure");
        CHECK(json_double(failure, "status") == strtod(statuses[i], NULL));
        CHECK_U64(json_u64(failure, "origin_hash"), 7);
        CHECK_U64(json_u64(failure, "sequence"), i);
        CHECK_U64(json_u64(failure, "daemon_id"), a.id);
        CHECK(json_u64(failure, "unix_ms") > UINT64_C(1600000000000));
    }
    CHECK_U64(outputs.count, 2 * LENGTH(statuses));
    for (size_t i = 0; i < outputs.count; i++) {
        CHECK_U64(outputs.kept[i].sequence, i + 1); /* no gaps for what is not kept */
        CHECK(outputs.kept[i].in_sequence >= 100);
        CHECK_OUTPUT(&outputs.kept[i], (int)i % 2);
        CHECK_OUTPUT(&all.kept[i], (int)i % 2);
    }
    FLUSH(sdk, 0);
    CHECK_U64(all.count, 2 * LENGTH(statuses));
    CHECK_INT(gauge_get(&subscriber.processed), 2 * LENGTH(statuses));
    CHECK_U64(json_u64(look_at(sdk, a.id), "failures"), LENGTH(statuses));
    CHECK_U64(json_u64(look_at(sdk, a.id), "events_in"), 2 * LENGTH(statuses));
    CHECK_TEXT(json_text(look_at(sdk, a.id), "lifecycle"), "running");
    ACTOR_END(&a);
    ACTOR_END(&subscriber);
    sdk_end(sdk);
}

CASE(failed_in_a_batch, "failures: in the midst of posted events the others are processed, in order") {
    enum { N = 300 };
    struct outputs outputs = {0};
    struct actor a = {.process = fail_as_told};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent events[N];
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_set_output(sdk, outputs_take, &outputs));
    for (uint64_t i = 0; i < N; i++)
        events[i] = event(1, i, i % 3 == 0 ? "1" : "");
    NEED_OK(net_meshos_ext_post(sdk, a.id, events, N, NULL));
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&a.processed), N);
    CHECK_U64(outputs.count, 2 * (N - N / 3));
    uint64_t expected = 1;
    for (size_t i = 0; i < outputs.count; i += 2, expected += expected % 3 == 1 ? 1 : 2) {
        CHECK_U64(outputs.kept[i].in_sequence, expected);
        CHECK_U64(outputs.kept[i + 1].in_sequence, expected);
        CHECK_U64(outputs.kept[i].sequence, i + 1);
        CHECK_OUTPUT(&outputs.kept[i], 0);
        CHECK_OUTPUT(&outputs.kept[i + 1], 1);
    }
    CHECK_U64(json_u64(look_at(sdk, a.id), "failures"), N / 3);
    CHECK(logged(sdk, "process returned 1"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(failures_kept, "failures: the last 256 are kept, oldest first") {
    struct actor a = {.process = fail_as_told};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 300; i++)
        EXPECT(deliver(sdk, a.id, 3, i, "9"), -2, process_failed);
    const struct json *recent = json_get(look(sdk), "recent_failures");
    NEED(recent != NULL);
    CHECK_U64(recent->length, 256);
    for (size_t i = 0; i < recent->length; i++) {
        CHECK_U64(json_u64(recent->values[i], "sequence"), 300 - 256 + i);
        CHECK_U64(json_u64(recent->values[i], "status"), 9);
    }
    CHECK_U64(json_u64(look(sdk), "totals.failures"), 300);
    ACTOR_END(&a);
    CHECK_U64(json_u64(look(sdk), "totals.failures"), 300); /* the daemon has gone, its counts stay */
    sdk_end(sdk);
}

/* ---- Deliver among posted events ---- */

static int note_order(struct actor *a, const struct call *c) {
    uint64_t *next = a->context;
    if (c->sequence != *next)
        FAIL("event %llu came when it was the turn of %llu", (unsigned long long)c->sequence,
             (unsigned long long)*next);
    (*next)++;
    return 0;
}

CASE(deliver_waits_for_its_turn, "deliver: events that were posted before come first, later ones after") {
    enum { ROUNDS = 200, POSTED = 50 };
    uint64_t next = 0, sequence = 0;
    struct actor a = {.process = note_order, .context = &next};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int round = 0; round < ROUNDS; round++) {
        NetMeshOsEvent events[POSTED];
        for (int i = 0; i < POSTED; i++)
            events[i] = event(1, sequence++, "");
        NEED_OK(net_meshos_ext_post(sdk, a.id, events, POSTED, NULL));
        NEED_OK(deliver(sdk, a.id, 1, sequence++, ""));
        CHECK_U64(next, sequence);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct delivery {
    struct actor *actor;
    uint64_t sequence;
    int status;
};

static void *deliver_one(void *context) {
    struct delivery *d = context;
    d->status = deliver(d->actor->sdk, d->actor->id, 1, d->sequence, "");
    return NULL;
}

CASE(deliver_waits_for_a_callback, "deliver: waits while another callback runs") {
    struct actor a = {0};
    struct delivery d = {&a, 77, 99};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    pthread_t thread = thread_start(deliver_one, &d);
    POLL_UNTIL(json_u64(look(sdk), "queues.busy_daemons") == 1);
    CHECK(!gauge_reaches(&a.processed, 1, 50));
    actor_let_go(&a);
    THREAD_JOIN(thread);
    CHECK_INT(d.status, 0);
    CHECK_U64(a.last_sequence, 77);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(deliver_output_none, "deliver: output_fn may be NULL") {
    struct actor a = {.process = emit_as_told};
    struct outputs outputs = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 1, "111");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, &outputs));
    NEED_OK(net_meshos_ext_set_output(sdk, outputs_take, &outputs));
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
    CHECK_U64(outputs.count, 3); /* to the function of set_output, too */
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 9); /* to both */
    ACTOR_END(&a);
    sdk_end(sdk);
}
