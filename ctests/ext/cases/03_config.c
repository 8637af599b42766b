/* net_meshos_ext_sdk_start: what a configuration may say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
