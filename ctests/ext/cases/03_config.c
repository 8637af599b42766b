/* net_meshos_ext_sdk_start and NET_MESHOS_CONFIG. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static const struct {
    const char *key, *most; /* the greatest number that is taken */
} keys[] = {
    {"this_node", "18446744073709551615"},
    {"tick_interval_ms", "18446744073709551615"},
    {"event_queue_capacity", "2305843009213693951"},
    {"action_queue_capacity", "2305843009213693951"},
    {"control_capacity", NULL},
    {"inbox_capacity", "2305843009213693951"},
    {"max_payload_bytes", NULL},
    {"max_message_bytes", NULL},
    {"snapshot_interval_ms", "18446744073709551615"},
    {"snapshot_events", NULL},
    {"backoff_first_ms", "18446744073709551615"},
    {"backoff_initial_ms", "18446744073709551615"},
    {"backoff_max_ms", "18446744073709551615"},
    {"crash_loop_threshold", NULL},
    {"crash_loop_window_ms", "18446744073709551615"},
    {"crash_loop_cooldown_ms", "18446744073709551615"},
    {"stable_run_ms", "18446744073709551615"},
    {"drain_deadline_ms", "18446744073709551615"},
    {"recovery_ramp_ms", "18446744073709551615"},
    {"backpressure_on", NULL},
    {"backpressure_off", NULL},
    {"watchdog_ms", "18446744073709551615"},
};

static const struct {
    const char *key, *allowed[4];
} words[] = {
    {"on_process_failure", {"skip", "restart"}},
};

static void accepted(const char *config) {
    NetMeshOsSdk *sdk = NULL;
    check_row("%s", config);
    if (EXPECT_OK(sdk_start(&sdk, config)))
        sdk_end(sdk);
    check_row(NULL);
}

/* It must be refused with a message that has a part, such as the key. */
static void refused(const char *config, const char *part) {
    NetMeshOsSdk *untouched = (NetMeshOsSdk *)(uintptr_t)0x77, *sdk = untouched;
    check_row("%s", config);
    EXPECT(sdk_start(&sdk, config), NET_MESHOS_ERR_INVALID_ARG, invalid_argument);
    if (part)
        CHECK_HAS(net_meshos_last_error_message(), part);
    CHECK(sdk == untouched);
    check_row(NULL);
}

CASE(config_none, "config: NULL with length 0, and an empty object, are all defaults") {
    NetMeshOsSdk *sdk = NULL;
    NEED_OK(net_meshos_ext_sdk_start(NULL, 0, &sdk)); /* which joins no mesh */
    CHECK_U64(json_u64(look(sdk), "node_id"), 0);
    CHECK_U64(json_u64(look(sdk), "queues.inbox_capacity"), 65536);
    sdk_end(sdk);
    accepted("{}");
    accepted(" \t\r\n{ \n } \n");
}

CASE(config_arguments, "config: out NULL, the text NULL with a length, an impossible length") {
    NetMeshOsSdk *sdk = NULL;
    EXPECT(net_meshos_ext_sdk_start("{}", 2, NULL), -3, invalid_argument);
    EXPECT(net_meshos_ext_sdk_start(NULL, 1, &sdk), -3, invalid_argument);
    EXPECT(net_meshos_ext_sdk_start("{}", SIZE_MAX, &sdk), -3, invalid_argument);
    NEED_OK(net_meshos_ext_sdk_start("{}", 0, &sdk)); /* as good as NULL */
    sdk_end(sdk);
    EXPECT(net_meshos_ext_sdk_start("{}x", 3, &sdk), -3, invalid_argument);
    NEED_OK(net_meshos_ext_sdk_start("{}x", 2, &sdk)); /* what stands behind the length is not read */
    sdk_end(sdk);
}

CASE(config_each_key, "config: each key takes 0, 1 and its greatest number, and no more") {
    char config[160];
    for (size_t i = 0; i < LENGTH(keys); i++) {
        const char *key = keys[i].key;
        snprintf(config, sizeof config, "{'%s': 0}", key);
        accepted(config);
        snprintf(config, sizeof config, "{'%s': 1}", key);
        accepted(config);
        if (keys[i].most) {
            snprintf(config, sizeof config, "{'%s': %s}", key, keys[i].most);
            accepted(config);
        }
        snprintf(config, sizeof config, "{'%s': 18446744073709551616}", key);
        refused(config, key);
    }
    refused("{'event_queue_capacity': 2305843009213693952}", "event_queue_capacity");
    refused("{'action_queue_capacity': 2305843009213693952}", "action_queue_capacity");
    refused("{'inbox_capacity': 2305843009213693952}", "inbox_capacity");
    for (size_t i = 0; i < LENGTH(words); i++)
        for (size_t w = 0; w < LENGTH(words[i].allowed) && words[i].allowed[w]; w++) {
            snprintf(config, sizeof config, "{'%s': '%s'}", words[i].key, words[i].allowed[w]);
            accepted(config);
        }
}

CASE(config_all_keys, "config: all keys at once") {
    accepted("{'this_node': 1, 'tick_interval_ms': 2, 'event_queue_capacity': 3, 'action_queue_capacity': 4,"
             "'control_capacity': 5, 'inbox_capacity': 6, 'max_payload_bytes': 7, 'on_process_failure': 'restart',"
             "'backoff_first_ms': 19, 'backoff_initial_ms': 8, 'backoff_max_ms': 9, 'crash_loop_threshold': 10, 'crash_loop_window_ms': 11,"
             "'crash_loop_cooldown_ms': 12, 'stable_run_ms': 13, 'drain_deadline_ms': 14, 'recovery_ramp_ms': 15,"
             "'backpressure_on': 17, 'backpressure_off': 16, 'watchdog_ms': 18}");
}

CASE(config_types, "config: a wrong type is refused with the key's name") {
    static const char *const values[] = {"-1",   "-0",   "1.5",    "1.0", "1e3", "'1'", "null",
                                         "true", "[1]",  "{}",     "''",  "[]",  "1E0", "false"};
    char config[160];
    for (size_t i = 0; i < LENGTH(keys); i++)
        for (size_t v = 0; v < LENGTH(values); v++) {
            snprintf(config, sizeof config, "{'%s': %s}", keys[i].key, values[v]);
            refused(config, keys[i].key);
        }
    static const char *const no_words[] = {"1", "null", "true", "{}", "''", "'neither'", "['%s']", "'%s '"};
    for (size_t i = 0; i < LENGTH(words); i++)
        for (size_t v = 0; v < LENGTH(no_words); v++) {
            char value[80];
            snprintf(value, sizeof value, no_words[v], words[i].allowed[0]);
            snprintf(config, sizeof config, "{'%s': %s}", words[i].key, value);
            refused(config, words[i].key);
        }
    refused("{'on_process_failure': 'Skip'}", "on_process_failure");
}

CASE(config_twice, "config: a key that stands twice is refused; errors say line and column") {
    refused("{'this_node': 1, 'this_node': 1}", "this_node");
    refused("{'this_node': 1,\n 'this\\u005fnode': 2}", "line 2, column 2");
    refused("{'this_node': 1,\n\n  'tick_interval_ms': -1}", "line 3, column 3");
    refused("{'zzz': {'this_node': 1, 'this_node': 1}}", "zzz");
    refused("{'this_node': 1,\n  this_node: 1}", "line 2, column 3");
}

CASE(config_max_message, "config: max_message_bytes bounds log lines and names") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'max_message_bytes': 5}");
    NetMeshOsHandle *untouched = (NetMeshOsHandle *)(uintptr_t)0x77, *handle = untouched;
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_publish_log(a.handle, NET_MESHOS_LOG_INFO, "12345", 5));
    EXPECT(net_meshos_publish_log(a.handle, NET_MESHOS_LOG_INFO, "123456", 6), -3, invalid_argument);
    CHECK(strstr(net_meshos_last_error_message(), "max_message_bytes") != NULL);
    uint8_t seed[32] = {7};
    EXPECT(net_meshos_register_daemon(sdk, "123456", 6, seed, &handle), -3, invalid_argument);
    CHECK(handle == untouched);
    NEED_OK(net_meshos_register_daemon(sdk, "12345", 5, seed, &handle));
    net_meshos_handle_free(handle);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(config_unknown, "config: an unknown key is refused with its name") {
    refused("{'tick_interval': 1}", "tick_interval");
    refused("{'This_node': 1}", "This_node");
    refused("{'this_node ': 1}", "this_node ");
    refused("{'': 1}", NULL);
    refused("{'this_node': 1, 'zzz': {'this_node': 1}}", "zzz");
}

CASE(config_no_object, "config: what is not one JSON object is refused") {
    static const char *const texts[] = {
        
        " ",
        "null",
        "1",
        "'this_node'",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}}",
        "{} {}",
        "{},",
        "{'this_node'}",
        "{'this_node':}",
        "{'this_node' 1}",
        "{'this_node': 1,}",
        "{,'this_node': 1}",
        "{'this_node': 1 'tick_interval_ms': 1}",
        "{'this_node': 1 2}",
        "{'this_node': 01}",
        "{'this_node': 007}",
        "{'this_node': +1}",
        "{'this_node': 0x1}",
        "{'this_node': 1_000}",
        "{'this_node': .1}",
        "{'this_node': 1.}",
        "{this_node: 1}",
        "{'this_node': 1",
        "{'this_node: 1}",
        "{'this_node': 1}x",
        "{'this_node': 1} // one",
        "/* one */ {'this_node': 1}",
        "{'this_node': nan}",
        "{'this_node': Infinity}",
        "{'on_process_failure': 'sk\\ip'}",
        "{'on_process_failure': 'skip}",
        "{'on_process_failure': 'sk\\u00zzip'}",
        "{'this_node\\': 1}",
        "{'this\nnode': 1}",
        "\xef\xbb\xbf{}",
        "{'this_node': 1}\xff",
        "{'\xff': 1}",
        "{'\xed\xa0\x80': 1}",
    };
    for (size_t i = 0; i < LENGTH(texts); i++)
        refused(texts[i], NULL);
    NetMeshOsSdk *sdk = NULL;
    EXPECT(net_meshos_ext_sdk_start("{}\0", 3, &sdk), -3, invalid_argument);
    EXPECT(net_meshos_ext_sdk_start("\0{}", 3, &sdk), -3, invalid_argument);
    EXPECT(net_meshos_ext_sdk_start("{\"this_node\":\0 1}", 17, &sdk), -3, invalid_argument);
}

CASE(config_escapes, "config: escapes in keys and strings are those of JSON") {
    NetMeshOsSdk *sdk = NULL;
    NEED_OK(sdk_start(&sdk, "{'this\\u005fnode': 7, 'on_process_failure': 's\\u006Bip'}"));
    CHECK_U64(json_u64(look(sdk), "node_id"), 7);
    sdk_end(sdk);
}

CASE(config_deep, "config: a text that is nested deeply is refused without harm") {
    enum { DEEP = 8 << 20 };
    static const char *const begins[] = {"", "{\"this_node\":", "{\"zzz\":"};
    static const char opening[] = {'[', '{'};
    char *text = malloc(DEEP + 32);
    for (size_t b = 0; b < LENGTH(begins); b++)
        for (size_t o = 0; o < LENGTH(opening); o++) {
            NetMeshOsSdk *sdk = NULL;
            size_t length = strlen(begins[b]);
            memcpy(text, begins[b], length);
            for (size_t i = 0; i < DEEP;) {
                text[length++] = opening[o];
                i++;
                if (opening[o] == '{' && i + 5 < DEEP) {
                    memcpy(text + length, "\"a\":", 4);
                    length += 4;
                    i += 4;
                }
            }
            EXPECT(net_meshos_ext_sdk_start(text, length, &sdk), -3, invalid_argument);
        }
    free(text);
}

CASE(config_exact, "config: numbers are exact up to 2^64-1") {
    static const uint64_t nodes[] = {1, 4660, (UINT64_C(1) << 53) + 1, UINT64_C(12345678901234567891), UINT64_MAX};
    for (size_t i = 0; i < LENGTH(nodes); i++) {
        struct actor a = {0};
        NetMeshOsSdk *sdk = sdk_new("{'this_node': %llu}", (unsigned long long)nodes[i]);
        actor_begin(&a, sdk, 1);
        CHECK_U64(json_u64(look(sdk), "node_id"), nodes[i]);
        char *text = net_meshos_metadata(a.handle);
        CHECK_U64(json_u64(json_read(text), "node_id"), nodes[i]);
        net_meshos_free_string(text);
        ACTOR_END(&a);
        sdk_end(sdk);
    }
}

CASE(config_marks, "config: backpressure_off above backpressure_on is refused") {
    refused("{'backpressure_on': 10, 'backpressure_off': 11}", "backpressure_o");
    accepted("{'backpressure_on': 10, 'backpressure_off': 10}");
    accepted("{'backpressure_on': 10}");
    accepted("{'inbox_capacity': 1}");
}

/* ---- Keys that are seen at once; the others have their cases where they matter ---- */

static int healthy(struct actor *a) {
    (void)a;
    return NET_MESHOS_HEALTH_HEALTHY;
}

CASE(config_tick, "config: tick_interval_ms is how often health is asked") {
    struct actor fast = {.health = healthy}, never = {.health = healthy};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 2}");
    NetMeshOsSdk *slow = sdk_new("{'tick_interval_ms': 18446744073709551615}");
    actor_begin(&fast, sdk, 1);
    actor_begin(&never, slow, 1);
    GAUGE_NEED(&fast.probes, 20);
    CHECK(json_u64(look(sdk), "ticks") >= 20);
    CHECK_U64(json_u64(look(slow), "ticks"), 0);
    CHECK_INT(gauge_get(&never.probes), 0);
    ACTOR_END(&fast);
    ACTOR_END(&never);
    sdk_end(sdk);
    sdk_end(slow);
}

static void expect_controls(const struct actor *a, const int *kinds, size_t n) {
    NetMeshOsDaemonControl event;
    for (size_t i = 0; i < n; i++) {
        NEED_OK(net_meshos_try_next_control(a->handle, &event));
        CHECK_INT(event.kind, kinds[i]);
    }
    NEED_OK(net_meshos_try_next_control(a->handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_NONE);
}

CASE(config_control_capacity, "config: control_capacity is how many control events wait; the newest drain event counts") {
    static const int kinds[] = {NET_MESHOS_CONTROL_DRAIN_START, NET_MESHOS_CONTROL_DRAIN_FINISH};
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'control_capacity': 2}");
    actor_begin(&a, sdk, 1);
    for (int i = 0; i < 20; i++) { /* DRAIN_START and DRAIN_FINISH each */
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
        POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
        NEED_OK(net_meshos_ext_exit_maintenance(sdk));
        POLL_UNTIL(maintenance_is(a.handle, "recovery"));
    }
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    expect_controls(&a, kinds, LENGTH(kinds));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(control_drops, "control events: SHUTDOWN is never dropped; the first drop is logged at warn level") {
    struct actor a = {0};
    NetMeshOsDaemonControl event;
    NetMeshOsSdk *sdk = sdk_new("{'control_capacity': 1, 'backpressure_on': 2, 'backpressure_off': 1}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    POST(sdk, a.id, 1, 1, "");
    POLL_UNTIL(json_boolean(look(sdk), "backpressure.on"));
    CHECK(!logged(sdk, "control channel is full"));
    for (int i = 0; i < 2; i++) { /* DRAIN_START and DRAIN_FINISH each */
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, 3600000));
        NEED_OK(net_meshos_ext_exit_maintenance(sdk));
        POLL_UNTIL(maintenance_is(a.handle, "recovery"));
        CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 2 * (uint64_t)i + 2);
    }
    CHECK_U64(json_u64(look_at(sdk, a.id), "dropped_control_events"), 4);
    CHECK_U64(json_u64(look(sdk), "totals.dropped_control_events"), 4);
    char *text = net_meshos_ext_logs_json(sdk, 0, 0);
    const char *line = strstr(text, "control channel is full");
    NEED(line != NULL);
    CHECK(strstr(line + 1, "control channel is full") == NULL);
    CHECK(strstr(text, "\"level\":\"warn\"") != NULL);
    net_meshos_free_string(text);
    actor_let_go(&a);
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 1)); /* drained it is, and BACKPRESSURE_OFF has replaced ON */
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    EXPECT_OK(net_meshos_ext_stop_daemon(sdk, a.id, 77));
    POLL_UNTIL(!json_boolean(look(sdk), "backpressure.on"));
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK(event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_ON || event.kind == NET_MESHOS_CONTROL_BACKPRESSURE_OFF);
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
    CHECK_U64(event.grace_period_ms, 77);
    NEED_OK(net_meshos_try_next_control(a.handle, &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_NONE);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- The file of NET_MESHOS_CONFIG ---- */

static char *config_file(const char *text) {
    static char name[] = "/tmp/meshos-ext-suite.XXXXXX";
    strcpy(name + sizeof name - 7, "XXXXXX");
    int fd = mkstemp(name);
    NEED(fd >= 0);
    char straight[512];
    snprintf(straight, sizeof straight, "%s", text);
    for (char *c = straight; *c; c++)
        if (*c == '\'')
            *c = '"';
    NEED(write(fd, straight, strlen(straight)) == (ssize_t)strlen(straight));
    close(fd);
    setenv("NET_MESHOS_CONFIG", name, 1);
    return name;
}

CASE(config_file_is_read, "config file: gives net_meshos_sdk_start the same configuration") {
    NetMeshOsSdk *sdk = NULL;
    char *name = config_file(" {'this_node': 18446744073709551615, 'inbox_capacity': 3,"
                             "'max_payload_bytes': 2, 'tick_interval_ms': 2}\n");
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    unlink(name);
    CHECK_U64(json_u64(look(sdk), "node_id"), UINT64_MAX);
    CHECK_U64(json_u64(look(sdk), "queues.inbox_capacity"), 3);
    struct actor a = {.health = healthy};
    actor_begin(&a, sdk, 1);
    EXPECT(post(sdk, a.id, 1, 1, "123"), -3, invalid_argument);
    GAUGE_NEED(&a.probes, 3);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(config_file_yields, "config file: arguments that are not 0 win over it") {
    NetMeshOsSdk *sdk = NULL;
    char *name = config_file("{'this_node': 1, 'tick_interval_ms': 18446744073709551615, 'control_capacity': 1,"
                             "'inbox_capacity': 3}");
    NEED_OK(net_meshos_sdk_start(2, 2, 0, 0, 2, &sdk));
    unlink(name);
    struct actor a = {.health = healthy};
    actor_begin(&a, sdk, 1);
    CHECK_U64(json_u64(look(sdk), "node_id"), 2);
    CHECK_U64(json_u64(look(sdk), "queues.inbox_capacity"), 3);
    GAUGE_NEED(&a.probes, 3);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(config_file_not_for_ext, "config file: is not for net_meshos_ext_sdk_start") {
    char *name = config_file("{'this_node': 1}");
    NetMeshOsSdk *sdk = sdk_new("{}");
    unlink(name);
    CHECK(in_mesh() ? json_u64(look(sdk), "node_id") != 1 : json_u64(look(sdk), "node_id") == 0);
    sdk_end(sdk);
}

CASE(config_file_bad, "config file: one that can't be read or parsed is config_invalid") {
    static const char *const bad[] = {"", "[]", "{'zzz': 1}", "{'this_node': -1}", "{'this_node': 1}}", "\xff",
                                      "{'on_process_failure': 'x'}", "{'inbox_capacity': 2305843009213693952}"};
    NetMeshOsSdk *untouched = (NetMeshOsSdk *)(uintptr_t)0x77, *sdk = untouched;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        check_row("%s", bad[i]);
        char *name = config_file(bad[i]);
        EXPECT(net_meshos_sdk_start(1, 1, 1, 1, 1, &sdk), -2, config_invalid);
        unlink(name);
    }
    static const char *const unreadable[] = {"/", "/tmp", "/none/none", "none", "/dev/null/x"};
    for (size_t i = 0; i < LENGTH(unreadable); i++) {
        check_row("%s", unreadable[i]);
        setenv("NET_MESHOS_CONFIG", unreadable[i], 1);
        EXPECT(net_meshos_sdk_start(1, 1, 1, 1, 1, &sdk), -2, config_invalid);
    }
    check_row(NULL);
    CHECK(sdk == untouched);
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, NULL), -3, invalid_argument); /* is checked first */
    unsetenv("NET_MESHOS_CONFIG");
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    sdk_end(sdk);
}
