/* A process callback that fails: what deliver reports, what is kept, and what continues. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static void emit(const struct call *c, const char *text) {
    net_meshos_process_emit(c->emit, (const uint8_t *)text, strlen(text));
}

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
    snprintf(text, sizeof text, "%.*s", (int)c->length, c->length > 0 ? (const char *)c->payload : "");
    return (int)strtol(text, NULL, 10);
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
        struct json_object *failure = json_get(look_at(sdk, a.id), "last_failure");
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
    struct json_object *recent = json_get(look(sdk), "recent_failures");
    NEED(recent != NULL);
    CHECK_U64(json_length(recent), 256);
    for (size_t i = 0; i < json_length(recent); i++) {
        CHECK_U64(json_u64(json_at(recent, i), "sequence"), 300 - 256 + i);
        CHECK_U64(json_u64(json_at(recent, i), "status"), 9);
    }
    CHECK_U64(json_u64(look(sdk), "totals.failures"), 300);
    ACTOR_END(&a);
    CHECK_U64(json_u64(look(sdk), "totals.failures"), 300); /* the daemon has ended, but its counts remain */
    sdk_end(sdk);
}
