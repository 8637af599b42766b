/* logs_json. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static struct json_object *logs(NetMeshOsSdk *sdk, uint64_t after, size_t max) {
    char *text = net_meshos_ext_logs_json(sdk, after, max);
    struct json_object *j = json_read(text);
    if (!json_is_array(j))
        FAIL("logs_json is no JSON array: %s", text ? text : "NULL");
    NEED(j != NULL);
    net_meshos_free_string(text);
    return j;
}

/* The n-th of the records, from the end, that the case has written. */
static struct json_object *own_record(struct json_object *all, size_t n) {
    for (size_t i = json_length(all); i-- > 0;) {
        struct json_object *r = json_at(all, i);
        if (!is_of_mesh(json_u64(r, "daemon_id"), json_text(r, "message")) && n-- == 1)
            return r;
    }
    return NULL;
}

CASE(logs_json_records, "logs_json: the records after a number, oldest first, at most max of them") {
    enum { N = 100 };
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'this_node': 18446744073709551615}");
    char line[16];
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < N; i++)
        publish(&a, i % 5, line, (size_t)snprintf(line, sizeof line, "line %d", i));
    POLL_UNTIL(logged(sdk, "line 99"));
    struct json_object *all = logs(sdk, 0, 0);
    uint64_t first = json_u64(json_at(all, 0), "seq");
    CHECK_U64(first, 1);
    static const char *const levels[] = {"trace", "debug", "info", "warn", "error"};
    int own = 0;
    for (size_t i = 0; i < json_length(all); i++) {
        struct json_object *r = json_at(all, i);
        CHECK_U64(json_u64(r, "seq"), first + i);
        CHECK_U64(json_u64(r, "node_id"), UINT64_MAX);
        CHECK(json_u64(r, "unix_ms") > UINT64_C(1600000000000));
        if (json_u64(r, "daemon_id") == a.id && strncmp(json_text(r, "message"), "line ", 5) == 0) {
            snprintf(line, sizeof line, "line %d", own);
            CHECK_TEXT(json_text(r, "message"), line);
            CHECK_TEXT(json_text(r, "level"), levels[own % 5]);
            own++;
        }
    }
    CHECK_INT(own, N);
    uint64_t last = first + json_length(all) - 1;
    CHECK_U64(json_length(logs(sdk, last, 0)), 0);
    CHECK_U64(json_length(logs(sdk, last + 1, 0)), 0);
    CHECK_U64(json_length(logs(sdk, UINT64_MAX, 0)), 0);
    CHECK_U64(json_length(logs(sdk, last - 10, 0)), 10);
    struct json_object *some = logs(sdk, last - 10, 3);
    CHECK_U64(json_length(some), 3);
    CHECK_U64(json_u64(json_at(some, 0), "seq"), last - 9);
    CHECK_U64(json_length(logs(sdk, 0, SIZE_MAX)), json_length(all));
    CHECK_U64(json_length(logs(sdk, 0, 1)), 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(logs_json_kept, "logs_json: the newest 2,048 are kept") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    size_t before = json_length(logs(sdk, 0, 0)), known = json_u64(look(sdk), "totals.log_records");
    CHECK(in_mesh() ? before <= known : before == known);
    for (int i = 0; i < 3000; i++)
        publish(&a, NET_MESHOS_LOG_INFO, "x", 1);
    publish(&a, NET_MESHOS_LOG_INFO, "the last", 8);
    POLL_UNTIL(logged(sdk, "the last"));
    struct json_object *all = logs(sdk, 0, 0);
    CHECK_U64(json_length(all), 2048);
    CHECK_TEXT(json_text(own_record(all, 1), "message"), "the last");
    CHECK_U64(json_u64(json_at(all, 2047), "seq") - json_u64(json_at(all, 0), "seq"), 2047);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(logs_json_strings, "logs_json: any message makes valid JSON") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    char text[128], expected[128];
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 127; i++)
        expected[i] = text[i] = (char)(i + 1);
    expected[127] = '\0';
    publish(&a, NET_MESHOS_LOG_INFO, text, 127);
    publish(&a, NET_MESHOS_LOG_INFO, "\xe2\x82\xac <&> \xe2\x80\xa8 \xf0\x9f\x98\x80", 19);
    POLL_UNTIL(json_u64(look(sdk), "totals.log_records") >= 2 && own_record(logs(sdk, 0, 0), 2));
    struct json_object *all = logs(sdk, 0, 0);
    CHECK_TEXT(json_text(own_record(all, 2), "message"), expected);
    CHECK_TEXT(json_text(own_record(all, 1), "message"),
               "\xe2\x82\xac <&> \xe2\x80\xa8 \xf0\x9f\x98\x80");
    ACTOR_END(&a);
    sdk_end(sdk);
}
