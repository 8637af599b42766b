/* Numbers that are no addresses, where a pointer is not followed. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "sync.h"

static const void *small(uintptr_t number) {
    return (const void *)number;
}

static int emit_three(struct actor *a, const struct call *c) {
    (void)a;
    for (int i = 0; i < 3; i++)
        net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

static NetMeshOsSdk *busy_sdk;

static void output_of_one(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                          const uint8_t *payload, size_t length) {
    (void)id, (void)origin, (void)sequence, (void)number, (void)payload, (void)length;
    CHECK(ctx == small(1));
    net_meshos_free_string(net_meshos_ext_runtime_json(busy_sdk)); /* takes much stack */
}

static void line_of_one(void *ctx, uint64_t seq, uint64_t ms, int level, uint64_t id, const char *message, size_t length) {
    (void)seq, (void)ms, (void)level, (void)id, (void)message, (void)length;
    CHECK(ctx == small(1));
}

/* Makes each call that takes a length or a context, on a thread that is new to the library. A library that treats such
 * numbers as addresses may crash only when the thread's stack grows. */
static void *pass_small_numbers(void *actor) {
    struct actor *a = actor;
    void *ctx = (void *)(uintptr_t)small(1);
    NetMeshOsEvent empty = {1, 0, small(1), 0}, full = {1, 0, (const uint8_t *)"abc", 3};
    EXPECT_OK(net_meshos_publish_log(a->handle, NET_MESHOS_LOG_INFO, small(1), 0));
    EXPECT_OK(net_meshos_publish_capabilities(a->handle, small(1), 0));
    EXPECT_OK(net_meshos_ext_deliver(a->sdk, a->id, &full, output_of_one, ctx));
    EXPECT_OK(net_meshos_ext_deliver(a->sdk, a->id, &empty, output_of_one, ctx));
    EXPECT_OK(net_meshos_ext_post(a->sdk, a->id, &empty, 1, NULL));
    EXPECT_OK(net_meshos_ext_post(a->sdk, a->id, small(1), 0, NULL));
    EXPECT_OK(net_meshos_ext_restore(a->sdk, a->id, small(1), 0));
    return NULL;
}

CASE(arguments_small_numbers, "arguments: with the length 0, and as a context, a pointer may be any number") {
    enum { ROUNDS = 100, THREADS = 8 };
    NetMeshOsSdk *sdk = busy_sdk = sdk_new("{}"), *other;
    struct actor a = {.process = emit_three};
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_ext_set_output(sdk, output_of_one, (void *)(uintptr_t)small(1)));
    EXPECT_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, line_of_one, (void *)(uintptr_t)small(1)));
    NEED_OK(net_meshos_ext_sdk_start(small(1), 0, &other));
    sdk_end(other);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            threads[i] = thread_start(pass_small_numbers, &a);
        for (int i = 0; i < THREADS; i++)
            THREAD_JOIN(threads[i]);
    }
    FLUSH(sdk, 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}
