/* What runtime_json, daemon_json and metrics show. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static int emit_two(struct actor *a, const struct call *c) {
    (void)a;
    net_meshos_process_emit(c->emit, NULL, 0);
    net_meshos_process_emit(c->emit, NULL, 0);
    return c->length > 0;
}

CASE(look_at_node, "runtime_json: the node") {
    struct actor a = {.process = emit_two}, b = {0};
    NetMeshOsSdk *sdk = sdk_new("{'this_node': 77, 'tick_interval_ms': 5, 'inbox_capacity': 10}");
    struct json_object *j = look(sdk);
    CHECK_U64(json_u64(j, "node_id"), 77);
    CHECK_U64(json_length(json_get(j, "daemons")), 0);
    CHECK_U64(json_length(json_get(j, "recent_failures")), 0);
    CHECK_TEXT(json_text(j, "maintenance.state"), "Active");
    CHECK(json_is_null(j, "maintenance.since_ms"));
    CHECK(json_is_null(j, "maintenance.deadline_remaining_ms"));
    CHECK(json_is_null(j, "maintenance.reason"));
    CHECK(!json_boolean(j, "backpressure.on"));
    CHECK(json_double(j, "backpressure.level") == 0);
    CHECK_U64(json_u64(j, "queues.inbox_capacity"), 10);
    CHECK_U64(json_u64(j, "queues.events_waiting"), 0);
    CHECK_U64(json_u64(j, "queues.busy_daemons"), 0);
    json_u64(j, "queues.logs_waiting");
    static const char *const totals[] = {"totals.daemons",  "totals.events_in", "totals.outputs",
                                         "totals.failures", "totals.discarded", "totals.dropped_control_events"};
    for (size_t i = 0; i < LENGTH(totals); i++)
        CHECK_U64(json_u64(j, totals[i]), 0);

    uint64_t uptime = json_u64(j, "uptime_ms"), ticks = json_u64(j, "ticks");
    POLL_UNTIL(json_u64(look(sdk), "uptime_ms") >= uptime + 20 && json_u64(look(sdk), "ticks") >= ticks + 3);

    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    EXPECT(deliver(sdk, a.id, 1, 2, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, b.id, 1, 3, ""));
    actor_hold(&b);
    POST(sdk, b.id, 1, 4, "");
    need_waiting(sdk, 2);
    j = look(sdk);
    CHECK_U64(json_u64(j, "totals.daemons"), 2);
    CHECK_U64(json_u64(j, "totals.events_in"), 3); /* processed, or failed */
    CHECK_U64(json_u64(j, "totals.outputs"), 2);
    CHECK_U64(json_u64(j, "totals.failures"), 1);
    CHECK_U64(json_u64(j, "queues.events_waiting"), 2);
    CHECK_U64(json_u64(j, "queues.busy_daemons"), 1);
    struct json_object *daemons = json_get(j, "daemons");
    CHECK_U64(json_length(daemons), 2);
    CHECK(json_u64(json_at(daemons, 0), "id") < json_u64(json_at(daemons, 1), "id")); /* sorted */
    actor_let_go(&b);
    FLUSH(sdk, 0);
    ACTOR_END(&a);
    j = look(sdk);
    CHECK_U64(json_u64(j, "totals.daemons"), 1);
    CHECK_U64(json_u64(j, "totals.outputs"), 2); /* those of a, which has gone */
    ACTOR_END(&b);
    sdk_end(sdk);
}

CASE(look_at_daemon, "runtime_json: a daemon") {
    struct actor a = {.process = emit_two};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    struct json_object *d = look_at(sdk, a.id);
    NEED(d != NULL);
    CHECK_TEXT(json_text(d, "name"), "actor");
    CHECK_TEXT(json_text(d, "lifecycle"), "running");
    CHECK(json_is_null(d, "last_failure"));
    CHECK_U64(json_length(json_get(d, "capabilities")), 0);
    static const char *const zero[] = {"events_in", "outputs", "failures", "restarts", "discarded",
                                       "dropped_control_events", "inbox_depth", "busy_ms", "process_latency_ns.p50",
                                       "process_latency_ns.p99", "process_latency_ns.max"};
    for (size_t i = 0; i < LENGTH(zero); i++)
        CHECK_U64(json_u64(d, zero[i]), 0);
    CHECK(!json_boolean(d, "overdue"));

    const char *tags = "[\"gpu\", \"a<b\", \"\\u20ac\"]";
    NEED_OK(net_meshos_publish_capabilities(a.handle, tags, strlen(tags)));
    for (uint64_t i = 0; i < 10; i++)
        EXPECT_OK(deliver(sdk, a.id, 1, i, ""));
    actor_hold(&a);
    for (uint64_t i = 0; i < 3; i++)
        POST(sdk, a.id, 2, i, "");
    need_waiting(sdk, 4);
    d = look_at(sdk, a.id);
    CHECK_U64(json_u64(d, "events_in"), 10);
    CHECK_U64(json_u64(d, "outputs"), 20);
    CHECK_U64(json_u64(d, "inbox_depth"), 4);
    POLL_UNTIL(json_u64(look_at(sdk, a.id), "busy_ms") >= 30);
    struct json_object *capabilities = json_get(d, "capabilities");
    CHECK_U64(json_length(capabilities), 3);
    actor_let_go(&a);
    FLUSH(sdk, 0);
    d = look_at(sdk, a.id);
    uint64_t p50 = json_u64(d, "process_latency_ns.p50"), p99 = json_u64(d, "process_latency_ns.p99");
    uint64_t longest = json_u64(d, "process_latency_ns.max");
    CHECK(0 < p50 && p50 <= p99 && p99 <= longest);
    CHECK_AT_LEAST(longest, 30 * 1000000); /* the one that was held */
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* The daemon's JSON, and the node's of the same moment: a rate, or what a mesh says, may change by itself
 * between two looks. Both are freed by the caller. */
static char *look_twice(NetMeshOsSdk *sdk, uint64_t id, char **all) {
    char *one = net_meshos_ext_daemon_json(sdk, id);
    for (int tries = 0; one && tries < 1000; tries++) {
        *all = net_meshos_ext_runtime_json(sdk);
        char *again = net_meshos_ext_daemon_json(sdk, id);
        bool same = again && strcmp(one, again) == 0;
        net_meshos_free_string(one);
        one = again;
        if (same)
            return one;
        net_meshos_free_string(*all);
    }
    *all = NULL;
    return one;
}

CASE(look_at_one, "daemon_json: one daemon as runtime_json shows it, or not_found") {
    NetMeshOsSdk *sdk = sdk_new("{}");
    struct actor a = {0}, b = {0};
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "x"));
    char *all = NULL, *one = look_twice(sdk, a.id, &all);
    NEED(all && one);
    CHECK_HAS(all, one);
    CHECK_HAS(one, "\"events_in\":1,");
    net_meshos_free_string(all);
    net_meshos_free_string(one);
    EXPECT_NULL(net_meshos_ext_daemon_json(sdk, a.id ^ b.id), not_found);
    ACTOR_END(&a);
    ACTOR_END(&b);
    EXPECT_NULL(net_meshos_ext_daemon_json(sdk, a.id), not_found);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    EXPECT_NULL(net_meshos_ext_daemon_json(sdk, a.id), already_shutdown);
    net_meshos_sdk_free(sdk);
}

CASE(look_at_names, "runtime_json: any name and capability makes valid JSON") {
    uint8_t bytes[SEED_SIZE];
    NetMeshOsHandle *handle = NULL;
    NetMeshOsSdk *sdk = sdk_new("{}");
    const char *name = "a \"name\" \\ <&> \x01\x1f\x7f \n\t \xe2\x80\xa8 \xf0\x9f\x98\x80";
    memcpy(bytes, seed(1), SEED_SIZE);
    NEED_OK(net_meshos_register_daemon(sdk, name, strlen(name), bytes, &handle));
    CHECK_TEXT(json_text(look_at(sdk, net_meshos_handle_daemon_id(handle)), "name"), name);
    net_meshos_handle_free(handle);
    sdk_end(sdk);
}

static void *look_all_the_time(void *context) {
    struct actor *a = context;
    for (int i = 0; i < 300; i++)
        look(a->sdk);
    return NULL;
}

CASE(look_meanwhile, "runtime_json: while events flow and daemons come and go") {
    struct actor a = {.process = emit_two};
    pthread_t threads[2];
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 100}");
    actor_begin(&a, sdk, 999);
    for (int i = 0; i < 2; i++)
        threads[i] = thread_start(look_all_the_time, &a);
    for (unsigned i = 0; i < 200; i++) {
        struct actor b = {0};
        actor_begin(&b, sdk, i);
        NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
        post_many(sdk, a.id, i * 20, 20);
        ACTOR_END(&b);
    }
    for (int i = 0; i < 2; i++)
        THREAD_JOIN(threads[i]);
    FLUSH(sdk, 0);
    CHECK_U64(json_u64(look_at(sdk, a.id), "events_in"), 4000);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(metrics, "metrics: OpenMetrics text of what runtime_json shows; NULL on error") {
    struct actor a = {.process = emit_two};
    char expected[128];
    CHECK(net_meshos_ext_metrics(NULL) == NULL);
    CHECK_TEXT(net_meshos_last_error_kind(), "invalid_argument");
    NetMeshOsSdk *sdk = sdk_new("{'this_node': 171}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    EXPECT(deliver(sdk, a.id, 1, 2, "fail"), -2, process_failed);
    char *text = net_meshos_ext_metrics(sdk);
    NEED(text != NULL);
    CHECK(strstr(text, "\nnet_meshos_node_info{node=\"0x00000000000000ab\"} 1\n") != NULL);
    CHECK(strstr(text, "\nnet_meshos_events_in_total 2\n") != NULL);
    CHECK(strstr(text, "\nnet_meshos_maintenance{net_meshos_maintenance=\"Active\"} 1\n") != NULL);
    snprintf(expected, sizeof expected, "\nnet_meshos_daemon_failures_total{daemon=\"0x%016llx\",name=\"actor\"} 1\n",
             (unsigned long long)a.id);
    CHECK(strstr(text, expected) != NULL);
    CHECK_TEXT(text + strlen(text) - 6, "# EOF\n");
    net_meshos_free_string(text);
    ACTOR_END(&a);
    net_meshos_sdk_shutdown(sdk);
    CHECK(net_meshos_ext_metrics(sdk) == NULL);
    CHECK_TEXT(net_meshos_last_error_kind(), "already_shutdown");
    net_meshos_sdk_free(sdk);
}

CASE(look_operators, "runtime_json: schema, configuration in force, ids in hex, subscribers, backoff, rates, histogram") {
    struct actor a = {.process = emit_two}, b = {0};
    char hex[24];
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': 3600000, 'backoff_max_ms': 3600000,"
                                "'inbox_capacity': 7}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    EXPECT_OK(deliver(sdk, a.id, 1, 1, ""));
    EXPECT(deliver(sdk, a.id, 1, 2, "fail"), -2, process_failed);
    struct json_object *j = look(sdk), *d = look_at(sdk, a.id);
    CHECK_U64(json_u64(j, "schema"), 1);
    snprintf(hex, sizeof hex, "0x%016llx", (unsigned long long)json_u64(j, "node_id"));
    CHECK_TEXT(json_text(j, "node_id_hex"), hex);
    CHECK((json_u64(j, "node_id") != 0) == in_mesh()); /* where each node has an id of its own */
    CHECK_U64(json_u64(j, "config.this_node"), json_u64(j, "node_id"));
    CHECK_TEXT(json_text(j, "config.this_node_hex"), hex);
    CHECK_U64(json_u64(j, "config.inbox_capacity"), 7);
    CHECK_U64(json_u64(j, "config.tick_interval_ms"), 500);
    CHECK_TEXT(json_text(j, "config.on_process_failure"), "restart");
    CHECK(json_double(j, "rates.last_60s") > 0);
    snprintf(hex, sizeof hex, "0x%016llx", (unsigned long long)a.id);
    CHECK_TEXT(json_text(d, "id_hex"), hex);
    CHECK_TEXT(json_text(d, "last_failure.daemon_id_hex"), hex);
    CHECK_TEXT(json_text(d, "last_failure.origin_hash_hex"), "0x0000000000000001");
    CHECK_U64(json_length(json_get(d, "subscribers")), 1);
    CHECK_U64(json_u64(json_at(json_get(d, "subscribers"), 0), "id"), b.id);
    uint64_t left = json_u64(d, "backoff_remaining_ms");
    CHECK(left > 3000000 && left <= 3600000);
    CHECK(json_double(d, "rates.last_60s") > 0 && json_double(d, "rates.last_10s") > 0);
    CHECK_AT_LEAST(json_u64(d, "process_latency_ns.count"), 1);
    CHECK_AT_LEAST(json_length(json_get(d, "process_latency_ns.histogram")), 1);
    CHECK_U64(json_u64(look_at(sdk, b.id), "backoff_remaining_ms"), 0);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}
