/* net_meshos_publish_capabilities: what it accepts as an array of strings. */
#include <stdlib.h>
#include <string.h>

#include "capability_texts.h"
#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "guard.h"
#include "json_oracle.h"
#include "utf8.h"

static void publish(NetMeshOsHandle *handle, const struct capability_text *t, int status, const char *kind) {
    struct guarded json = guard_copy(t->text, t->length);
    EXPECT(net_meshos_publish_capabilities(handle, json.bytes, json.length), status, kind);
    guard_release(&json);
}

static void accepts(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (const struct capability_text *t = capabilities_accepted; t->text; t++) {
        check_row("accepted[%zu]: %s", (size_t)(t - capabilities_accepted), t->text);
        CHECK(json_is_valid(t->text, t->length)); /* the table itself */
        publish(handle, t, NET_MESHOS_OK, NULL);
    }
    end(sdk, handle);
}

static void refuses(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (const struct capability_text *t = capabilities_refused; t->text; t++) {
        check_row("refused[%zu]: %s", (size_t)(t - capabilities_refused), t->text);
        publish(handle, t, NET_MESHOS_ERR_INVALID_ARG, invalid_argument);
    }
    end(sdk, handle);
}

/* Every byte value where a value, a separator or a character of a string should be: the suite's checker and the
 * library must agree. Texts are arrays of strings or no JSON at all, so "valid" is "accepted". */
static void every_byte(void) {
    static const struct {
        const char *before, *after;
    } places[] = {{"", "[\"a\"]"},        {"[", "\"a\"]"},     {"[\"a\"", "]"},     {"[\"a\"]", ""},
                  {"[\"", "\"]"},         {"[\"\\", "\"]"},    {"[\"\\u", "000\"]"}, {"[\"\\u000", "\"]"},
                  {"[\"\\ud83d\\ud", "00\"]"}};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t p = 0; p < LENGTH(places); p++) {
        for (int byte = 0; byte < 256; byte++) {
            size_t before = strlen(places[p].before), after = strlen(places[p].after);
            char text[40];
            memcpy(text, places[p].before, before);
            text[before] = (char)byte;
            memcpy(text + before + 1, places[p].after, after);
            bool valid = json_is_valid(text, before + 1 + after);
            check_row("place %zu, byte 0x%02x", p, (unsigned)byte);
            EXPECT(net_meshos_publish_capabilities(handle, text, before + 1 + after), valid ? 0 : -3,
                   valid ? NULL : invalid_argument);
        }
    }
    end(sdk, handle);
}

/* Every prefix of a text that uses all of JSON's syntax for strings; only the whole is accepted. */
static void every_prefix(void) {
    static const char text[] = "[\"a\\u00e4\\ud83d\\ude00\\n\xc3\xa4\xf0\x9f\x98\x80\" , \"\",\"\\\"\\\\\"]";
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t length = 1; length < sizeof text; length++) {
        check_row("the first %zu bytes", length);
        publish(handle, &(struct capability_text){text, length}, length + 1 == sizeof text ? 0 : -3,
                length + 1 == sizeof text ? NULL : invalid_argument);
    }
    end(sdk, handle);
}

static void in_a_string(const char *text, size_t length, char *json) {
    memcpy(json, "[\"", 2);
    memcpy(json + 2, text, length);
    memcpy(json + 2 + length, "\"]", 2);
}

static void expect_tag(const char *text, size_t length, void *handle) {
    char json[128];
    if (memchr(text, 1, length) || memchr(text, 0x1f, length))
        return; /* raw control characters are in the other table */
    in_a_string(text, length, json);
    EXPECT_OK(net_meshos_publish_capabilities(handle, json, length + 4));
}

static void expect_no_tag(const char *text, size_t length, void *handle) {
    char json[128];
    in_a_string(text, length, json);
    EXPECT(net_meshos_publish_capabilities(handle, json, length + 4), -3, invalid_argument);
    EXPECT(net_meshos_publish_capabilities(handle, text, length), -3, invalid_argument);
}

static void utf8_tags(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (const struct utf8_sample *s = utf8_good; s->label; s++)
        utf8_everywhere(s, expect_tag, handle);
    for (const struct utf8_sample *s = utf8_bad; s->label; s++)
        utf8_everywhere(s, expect_no_tag, handle);
    end(sdk, handle);
}

static void length_zero_clears(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT_OK(net_meshos_publish_capabilities(handle, NULL, 0));
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    EXPECT_OK(net_meshos_publish_capabilities(handle, NULL, 0));
    EXPECT_OK(net_meshos_publish_capabilities(handle, "not json", 0));
    EXPECT_OK(net_meshos_publish_capabilities(handle, "\xff", 0));
    end(sdk, handle);
}

static void null_arguments(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT(net_meshos_publish_capabilities(NULL, "[]", 2), -1, invalid_argument);
    EXPECT(net_meshos_publish_capabilities(handle, NULL, 2), -3, invalid_argument);
    EXPECT(net_meshos_publish_capabilities(handle, NULL, 1), -3, invalid_argument);
    end(sdk, handle);
}

static void after_the_sdk(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    EXPECT(net_meshos_publish_capabilities(handle, "[1]", 3), -3, invalid_argument);
    net_meshos_sdk_free(sdk);
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    EXPECT_OK(net_meshos_publish_capabilities(handle, NULL, 0));
    net_meshos_handle_free(handle);
}

/* 100,000 tags, and one of a megabyte. */
static void large_texts(void) {
    enum { TAGS = 100000, SIZE = 1 << 20 };
    char *many = malloc(TAGS * 4 + 1), *big = malloc(SIZE + 4);
    NEED(many && big);
    for (size_t i = 0; i < TAGS; i++)
        memcpy(many + 4 * i, ",\"a\"", 4);
    many[0] = '[';
    many[TAGS * 4] = ']';
    memset(big, 'x', SIZE + 4);
    memcpy(big, "[\"", 2);
    memcpy(big + SIZE + 2, "\"]", 2);
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT_OK(net_meshos_publish_capabilities(handle, many, TAGS * 4 + 1));
    EXPECT(net_meshos_publish_capabilities(handle, many, TAGS * 4), -3, invalid_argument);
    EXPECT_OK(net_meshos_publish_capabilities(handle, big, SIZE + 4));
    end(sdk, handle);
    free(many);
    free(big);
}

/* Deep nesting doesn't exhaust the stack. */
static void deep_texts(void) {
    enum { DEPTH = 1000000 };
    char *text = malloc(2 * DEPTH);
    NEED(text != NULL);
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    EXPECT(net_meshos_publish_capabilities(handle, text, DEPTH), -3, invalid_argument);
    EXPECT(net_meshos_publish_capabilities(handle, text, 2 * DEPTH), -3, invalid_argument);
    memset(text, ' ', 2 * DEPTH);
    EXPECT(net_meshos_publish_capabilities(handle, text, 2 * DEPTH), -3, invalid_argument);
    end(sdk, handle);
    free(text);
}

const struct suite_case cases_capabilities[] = {
    REFERENCE("capabilities.accepts", accepts, "capabilities.example capabilities.lenient"),
    REFERENCE("capabilities.refuses", refuses, "capabilities.strict capabilities.refused"),
    REFERENCE("capabilities.every_byte", every_byte, "capabilities.strict capabilities.refused"),
    REFERENCE("capabilities.every_prefix", every_prefix, "capabilities.strict memory.lengths"),
    REFERENCE("capabilities.utf8", utf8_tags, "capabilities.refused memory.utf8"),
    HEADER("capabilities.clear", length_zero_clears, "capabilities.clear"),
    HEADER("capabilities.null", null_arguments, "capabilities.null_handle capabilities.null_tags"),
    REFERENCE("capabilities.after_sdk", after_the_sdk, "capabilities.after_shutdown sdk_shutdown.handles_go_on"),
    REFERENCE("capabilities.large", large_texts, "capabilities.strict capabilities.lenient"),
    HARDENING("capabilities.deep", deep_texts, "capabilities.strict capabilities.refused"),
    END,
};
