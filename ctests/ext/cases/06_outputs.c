/* set_output. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* Emits what it gets, as often as the case says. */
static int forward(struct actor *a, const struct call *c) {
    long times = a->context ? *(long *)a->context : 1;
    for (long i = 0; i < times; i++)
        net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

CASE(output_all, "set_output: gets the outputs of all daemons, with what they come from") {
    struct outputs outputs = {0};
    struct actor a = {.process = forward}, b = {.process = forward};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    POST(sdk, a.id, 9, 9, "before");
    FLUSH(sdk, 0);
    NEED_OK(net_meshos_ext_set_output(sdk, outputs_take, &outputs));
    for (uint64_t i = 0; i < 10; i++) {
        POST(sdk, a.id, 1, 100 + i, "a");
        FLUSH(sdk, a.id);
        POST(sdk, b.id, 2, 200 + i, "");
        FLUSH(sdk, b.id);
    }
    CHECK_U64(outputs.count, 20);
    for (uint64_t i = 0; i < 20; i++) {
        const struct output *o = &outputs.kept[i];
        const struct actor *from = i % 2 ? &b : &a;
        CHECK_U64(o->daemon_id, from->id);
        CHECK_U64(o->in_origin, 1 + i % 2);
        CHECK_U64(o->in_sequence, 100 * (1 + i % 2) + i / 2);
        CHECK_U64(o->sequence, i % 2 ? 1 + i / 2 : 2 + i / 2); /* each daemon has its own numbers */
        CHECK_TEXT(o->text, i % 2 ? "" : "a");
        CHECK(o->null == (i % 2 == 1));
    }
    NEED_OK(net_meshos_ext_set_output(sdk, NULL, NULL));
    POST(sdk, a.id, 9, 10, "after");
    FLUSH(sdk, 0);
    CHECK_U64(outputs.count, 20);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

struct order {
    uint64_t next, total;
};

static void check_numbers(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                          const uint8_t *payload, size_t length) {
    struct order *order = ctx;
    (void)id, (void)origin, (void)sequence, (void)payload, (void)length;
    if (number != order->next)
        FAIL("output %llu came when it was the turn of %llu", (unsigned long long)number,
             (unsigned long long)order->next);
    order->next = number + 1;
    order->total++;
}

CASE(output_numbers, "set_output: the numbers of a daemon are 1, 2, 3, ... without gaps") {
    long times = 3;
    struct order order = {1, 0};
    struct actor a = {.process = forward, .context = &times};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_set_output(sdk, check_numbers, &order));
    post_many(sdk, a.id, 0, 20000);
    FLUSH(sdk, 0);
    CHECK_U64(order.total, 60000);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* An output function that can be held, and must not run once it has been replaced. */
struct sink {
    NetMeshOsSdk *sdk;
    gauge calls, let_go;
    atomic_bool hold, replaced, late, running;
    bool leaves; /* replaces itself when it is called */
};

static void sink_take(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                      const uint8_t *payload, size_t length) {
    struct sink *s = ctx;
    (void)id, (void)origin, (void)sequence, (void)number, (void)payload, (void)length;
    if (atomic_load(&s->replaced))
        atomic_store(&s->late, true);
    atomic_store(&s->running, true);
    gauge_add(&s->calls, 1);
    if (s->leaves)
        EXPECT_OK(net_meshos_ext_set_output(s->sdk, NULL, NULL));
    if (atomic_load(&s->hold))
        GAUGE_NEED(&s->let_go, 1);
    atomic_store(&s->running, false);
}

struct replacing {
    struct sink *sink;
    gauge returned;
};

static void *replace(void *context) {
    struct replacing *r = context;
    EXPECT_OK(net_meshos_ext_set_output(r->sink->sdk, NULL, NULL));
    CHECK(!atomic_load(&r->sink->running));
    atomic_store(&r->sink->replaced, true);
    gauge_add(&r->returned, 1);
    return NULL;
}

CASE(output_replaced, "set_output: when it returns, the function before doesn't run and isn't called again") {
    struct sink sink = {0};
    struct replacing replacing = {.sink = &sink};
    struct actor a = {.process = forward};
    NetMeshOsSdk *sdk = sink.sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_set_output(sdk, sink_take, &sink));
    atomic_store(&sink.hold, true);
    post_many(sdk, a.id, 0, 100);
    GAUGE_NEED(&sink.calls, 1);
    pthread_t thread = thread_start(replace, &replacing);
    CHECK(!gauge_reaches(&replacing.returned, 1, 50)); /* it waits for the call that runs */
    atomic_store(&sink.hold, false);
    gauge_add(&sink.let_go, 1);
    THREAD_JOIN(thread);
    post_many(sdk, a.id, 100, 100);
    FLUSH(sdk, 0);
    CHECK(!atomic_load(&sink.late));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(output_replaced_often, "set_output: replaced again and again while outputs come") {
    enum { ROUNDS = 300 };
    static struct sink sinks[ROUNDS];
    struct actor a = {.process = forward}, b = {.process = forward};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    for (int i = 0; i < ROUNDS; i++) {
        NEED_OK(net_meshos_ext_set_output(sdk, sink_take, &sinks[i]));
        if (i > 0)
            atomic_store(&sinks[i - 1].replaced, true);
        post_many(sdk, a.id, 100 * (uint64_t)i, 100);
        post_many(sdk, b.id, 100 * (uint64_t)i, 100);
    }
    FLUSH(sdk, 0);
    for (int i = 0; i < ROUNDS; i++)
        CHECK(!atomic_load(&sinks[i].late));
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

CASE(output_from_inside, "set_output: from inside the function it doesn't wait for it") {
    struct sink sink = {.leaves = true};
    struct actor a = {.process = forward};
    NetMeshOsSdk *sdk = sink.sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_set_output(sdk, sink_take, &sink));
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&sink.calls), 1);
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&sink.calls), 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}
