/* on_log. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* What a log function was called with. */
enum { RECORDS = 8192 };
struct record {
    uint64_t seq, unix_ms, daemon_id;
    int level;
    size_t length;
    char text[48];
};
struct follower {
    gauge calls;
    gauge others; /* records that no case has written, but the library about the mesh */
    gauge inside, let_go;
    atomic_bool hold, replaced, late;
    atomic_bool own_thread; /* it was called on the thread of the case */
    atomic_bool running, overlap;
    pthread_t thread; /* of the case */
    struct record records[RECORDS];
};

static void follow(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                   size_t length) {
    struct follower *f = ctx;
    long n = gauge_get(&f->calls);
    if (atomic_load(&f->replaced))
        atomic_store(&f->late, true);
    if (!message)
        FAIL("record %llu has no message", (unsigned long long)seq);
    if (pthread_equal(f->thread, pthread_self()))
        atomic_store(&f->own_thread, true);
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)length, message ? message : "");
    if (is_of_mesh(daemon_id, text)) {
        gauge_add(&f->others, 1);
        return;
    }
    if (atomic_exchange(&f->running, true))
        atomic_store(&f->overlap, true);
    if (n < RECORDS) {
        struct record *r = &f->records[n];
        r->seq = seq;
        r->unix_ms = unix_ms;
        r->daemon_id = daemon_id;
        r->level = level;
        r->length = length;
        if (message)
            memcpy(r->text, message, length < sizeof r->text ? length : sizeof r->text - 1);
    }
    if (atomic_load(&f->hold)) {
        gauge_add(&f->inside, 1);
        GAUGE_NEED(&f->let_go, 1);
    }
    atomic_store(&f->running, false);
    gauge_add(&f->calls, 1);
}

static struct follower *follower_new(void) {
    struct follower *f = calloc(1, sizeof *f);
    NEED(f != NULL);
    f->thread = pthread_self();
    return f;
}

static uint64_t unix_ms_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

CASE(log_records, "on_log: each record with its number, time, level, daemon and bytes") {
    struct follower *f = follower_new();
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    static const char *const texts[] = {"trace", "", "a\0b", "caf\xc3\xa9 \"quoted\" <tag>\n", "error"};
    static const size_t lengths[] = {5, 0, 3, 21, 5};
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
    uint64_t from = unix_ms_now();
    for (int i = 0; i < 5; i++)
        publish(&a, i, texts[i], lengths[i]);
    GAUGE_NEED(&f->calls, 5);
    uint64_t to = unix_ms_now();
    for (int i = 0; i < 5; i++) {
        const struct record *r = &f->records[i];
        CHECK_U64(r->seq, f->records[0].seq + (uint64_t)i);
        CHECK(from <= r->unix_ms && r->unix_ms <= to);
        CHECK_INT(r->level, i);
        CHECK_U64(r->daemon_id, a.id);
        CHECK_U64(r->length, lengths[i]);
        CHECK(memcmp(r->text, texts[i], lengths[i]) == 0);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(log_thread, "on_log: the function is called on a thread of the library, one call at a time") {
    struct follower *f = follower_new();
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
    for (long i = 0; i < 500; i++) {
        publish(&a, NET_MESHOS_LOG_INFO, "x", 1);
        post_many(sdk, a.id, 0, 10); /* so that other threads of the library have work */
    }
    GAUGE_NEED(&f->calls, 500);
    CHECK(!atomic_load(&f->own_thread));
    CHECK(!atomic_load(&f->overlap));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(log_levels, "on_log: only records of min_level and above; the numbers are those of all") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int least = NET_MESHOS_LOG_TRACE; least <= NET_MESHOS_LOG_ERROR; least++) {
        struct follower *f = follower_new();
        NEED_OK(net_meshos_ext_on_log(sdk, least, follow, f));
        for (int i = 0; i < 10; i++)
            publish(&a, i % 5, "x", 1);
        long expected = 2 * (5 - least);
        GAUGE_NEED(&f->calls, expected); /* the last one is of the highest level, and comes last */
        for (long i = 0; i < expected; i++) {
            CHECK(f->records[i].level >= least);
            if (i > 0)
                CHECK(f->records[i].seq > f->records[i - 1].seq);
        }
        uint64_t between = f->records[expected - 1].seq - f->records[0].seq;
        CHECK(in_mesh() ? between >= 9 - (uint64_t)least : between == 9 - (uint64_t)least);
        NEED_OK(net_meshos_ext_on_log(sdk, least, NULL, NULL));
        CHECK_INT(gauge_get(&f->calls), expected);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(log_from_now_on, "on_log: records that were written before don't come") {
    struct follower *f = follower_new();
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    publish(&a, NET_MESHOS_LOG_INFO, "before", 6);
    POLL_UNTIL(logged(sdk, "before"));
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
    publish(&a, NET_MESHOS_LOG_INFO, "after", 5);
    GAUGE_NEED(&f->calls, 1);
    CHECK_TEXT(f->records[0].text, "after");
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct publisher {
    struct actor *actor;
    int level;
};
enum { PUBLISHERS = 4, LINES = 1500 };

static void *publish_many(void *context) {
    const struct publisher *p = context;
    char line[16];
    for (int i = 0; i < LINES; i++)
        publish(p->actor, p->level, line, (size_t)snprintf(line, sizeof line, "%d", i));
    return NULL;
}

CASE(log_order, "on_log: records of several threads come in order, with numbers without gaps") {
    struct follower *f = follower_new();
    struct actor a = {0};
    struct publisher publishers[PUBLISHERS];
    pthread_t threads[PUBLISHERS];
    /* A queue so short that publishers wait for the supervisor, and never run away from the ring. */
    NetMeshOsSdk *sdk = sdk_new("{'event_queue_capacity': 16}");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
    for (int i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){&a, i};
        threads[i] = thread_start(publish_many, &publishers[i]);
    }
    for (int i = 0; i < PUBLISHERS; i++)
        THREAD_JOIN(threads[i]);
    net_meshos_sdk_shutdown(sdk); /* what is written is handed over before it returns */
    long calls = gauge_get(&f->calls);
    int next[PUBLISHERS] = {0};
    long missed = 0;
    for (long i = 0; i < calls; i++) {
        const struct record *r = &f->records[i];
        int n = atoi(r->text);
        if (i > 0 && r->seq != r[-1].seq + 1)
            missed += (long)(r->seq - r[-1].seq - 1);
        CHECK(n >= next[r->level]);
        next[r->level] = n + 1;
    }
    /* A slow machine may miss some, as the numbers show. */
    CHECK_AT_LEAST((uint64_t)(calls + missed), PUBLISHERS * LINES);
    CHECK_AT_MOST((uint64_t)(calls + missed - gauge_get(&f->others)), PUBLISHERS * LINES);
    net_meshos_sdk_free(sdk);
    ACTOR_END(&a);
}

struct replacing {
    NetMeshOsSdk *sdk;
    struct follower *before;
    gauge over;
};

static void *replace(void *context) {
    struct replacing *r = context;
    EXPECT_OK(net_meshos_ext_on_log(r->sdk, NET_MESHOS_LOG_TRACE, NULL, NULL));
    atomic_store(&r->before->replaced, true);
    gauge_add(&r->over, 1);
    return NULL;
}

CASE(log_replaced, "on_log: when it returns, the function before doesn't run and isn't called again") {
    struct follower *f = follower_new(), *next = follower_new();
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    struct replacing r = {.sdk = sdk, .before = f};
    actor_begin(&a, sdk, 1);
    atomic_store(&f->hold, true);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
    for (int i = 0; i < 10; i++)
        publish(&a, NET_MESHOS_LOG_INFO, "x", 1);
    GAUGE_NEED(&f->inside, 1);
    pthread_t thread = thread_start(replace, &r);
    CHECK(!gauge_reaches(&r.over, 1, 40));
    atomic_store(&f->hold, false);
    gauge_add(&f->let_go, 1);
    THREAD_JOIN(thread);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, next));
    publish(&a, NET_MESHOS_LOG_INFO, "next", 4);
    GAUGE_NEED(&next->calls, 1);
    CHECK_TEXT(next->records[0].text, "next");
    CHECK(!atomic_load(&f->late));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(log_hung, "on_log: a function that hangs holds up nobody, and misses what is more than 2,048 records old") {
    enum { LINES_PUBLISHED = 5000, KEPT = 2048 };
    struct follower *f = follower_new();
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    atomic_store(&f->hold, true);
    NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
    publish(&a, NET_MESHOS_LOG_INFO, "first", 5);
    GAUGE_NEED(&f->inside, 1);
    for (int i = 1; i < LINES_PUBLISHED; i++)
        publish(&a, NET_MESHOS_LOG_INFO, i + 1 < LINES_PUBLISHED ? "more" : "last", 4);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    POLL_UNTIL(json_u64(look(sdk), "totals.log_records") >= f->records[0].seq + LINES_PUBLISHED - 1);
    if (!in_mesh())
        CHECK_U64(json_u64(look(sdk), "totals.log_records"), f->records[0].seq + LINES_PUBLISHED - 1);
    atomic_store(&f->hold, false);
    gauge_add(&f->let_go, 1);
    POLL_UNTIL(strcmp(f->records[gauge_get(&f->calls) > 0 ? gauge_get(&f->calls) - 1 : 0].text, "last") == 0);
    long calls = gauge_get(&f->calls), others = gauge_get(&f->others);
    if (!in_mesh())
        CHECK_U64(f->records[calls - 1].seq, f->records[0].seq + LINES_PUBLISHED - 1);
    CHECK_AT_LEAST((uint64_t)(calls + others), KEPT + 1); /* all that is kept still comes */
    CHECK_AT_MOST((uint64_t)calls, LINES_PUBLISHED - 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(log_at_shutdown, "on_log: what was written before sdk_shutdown comes before it returns, and nothing after") {
    for (int round = 0; round < 30; round++) {
        struct follower *f = follower_new();
        struct actor a = {0};
        NetMeshOsSdk *sdk = sdk_new("{}");
        actor_begin(&a, sdk, 1);
        NEED_OK(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_TRACE, follow, f));
        for (int i = 0; i < 100; i++)
            publish(&a, NET_MESHOS_LOG_INFO, "x", 1);
        EXPECT_OK(net_meshos_sdk_shutdown(sdk));
        atomic_store(&f->replaced, true);
        CHECK_INT(gauge_get(&f->calls), 100);
        net_meshos_sdk_free(sdk);
        ACTOR_END(&a);
        CHECK(!atomic_load(&f->late));
        free(f);
    }
}

CASE(log_level_which, "logs: invalid_log_level says which level it was") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_publish_log(a.handle, 4711, "x", 1), -3, invalid_log_level);
    CHECK(strstr(net_meshos_last_error_message(), "4711") != NULL);
    EXPECT(net_meshos_ext_on_log(sdk, -12, NULL, NULL), -3, invalid_log_level);
    CHECK(strstr(net_meshos_last_error_message(), "-12") != NULL);
    ACTOR_END(&a);
    sdk_end(sdk);
}
