/* What process emits, and where it goes. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static void emit(const struct call *c, const char *text) {
    net_meshos_process_emit(c->emit, (const uint8_t *)text, strlen(text));
}

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
    e = event(5, 7, "");
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs)); /* no output */
    CHECK_U64(outputs.count, 3);
    POST(sdk, a.id, 1, 1, "11"); /* numbers go on, whether or not a function takes the outputs */
    FLUSH(sdk, a.id);
    e = event(7, 8, "1");
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
    e = event(7, 9, "1");
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
    NetMeshOsEvent e = event(1, 0, ""), many[100];
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

/* A thread that emits with the context of the callback that was called last, whether that has ended or not. It does so
 * MOST times for a callback, as one that has to wait for a processor would have outputs by the million. */
struct restless {
    _Atomic(NetMeshOsProcessEmitCtx *) context;
    atomic_ulong calls;
    atomic_bool end;
};

static void *emit_without_end(void *context) {
    enum { MOST = 5000 };
    struct restless *r = context;
    unsigned long call = 0;
    for (long emitted = 0; !atomic_load(&r->end);) {
        if (call != atomic_load(&r->calls)) {
            call = atomic_load(&r->calls);
            emitted = 0;
        }
        if (emitted++ < MOST)
            net_meshos_process_emit(atomic_load(&r->context), (const uint8_t *)"restless", 8);
        else
            sched_yield();
    }
    return NULL;
}

static int show_context(struct actor *a, const struct call *c) {
    struct restless *r = a->context;
    atomic_store(&r->context, c->emit);
    atomic_fetch_add(&r->calls, 1);
    emit(c, "own");
    return 0;
}

CASE(emits_across_the_end, "emits: from a thread that goes on past the end of callbacks do no harm") {
    struct restless r = {.calls = 0};
    struct actor a = {.process = show_context, .context = &r};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 0, "");
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
