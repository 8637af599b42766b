/* net_meshos_metadata, net_meshos_refresh_metadata, net_meshos_free_string. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "mesh.h"
#include "guard.h"
#include "json_oracle.h"
#include "sync.h"
#include "utf8.h"

/* The exact text for a daemon; the name comes escaped. */
static char *expected_text(uint64_t id, const char *escaped_name, uint64_t node) {
    char *text = NULL;
    NEED(asprintf(&text,
                  "{\"daemon_id\":%llu,\"daemon_name\":\"%s\",\"maintenance_state\":{\"kind\":\"active\"},"
                  "\"node_id\":%llu,\"peers\":[]}",
                  (unsigned long long)id, escaped_name, (unsigned long long)node) > 0);
    return text;
}

static void check_both(NetMeshOsHandle *handle, const char *expected) {
    char *text = net_meshos_metadata(handle);
    CHECK_TEXT(text, expected);
    CHECK(text && json_is_valid(text, strlen(text)));
    net_meshos_free_string(text);
    text = net_meshos_refresh_metadata(handle);
    CHECK_TEXT(text, expected);
    CHECK(text && json_is_valid(text, strlen(text)));
    net_meshos_free_string(text);
}

static void exact_text(void) {
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsHandle *handle = NULL;
    uint8_t bytes[SEED_SIZE];
    for (size_t i = 0; i < SEED_SIZE; i++)
        bytes[i] = (uint8_t)i;
    NEED_OK(net_meshos_sdk_start(4660, 0, 0, 0, 0, &sdk));
    NEED_OK(net_meshos_register_daemon(sdk, "telemetry", 9, bytes, &handle));
    check_both(handle, "{\"daemon_id\":8658788451821909695,\"daemon_name\":\"telemetry\",\"maintenance_state\":"
                       "{\"kind\":\"active\"},\"node_id\":4660,\"peers\":[]}");
    end(sdk, handle);
}

static void node_ids(void) {
    const uint64_t nodes[] = {0, 1, 4660, (uint64_t)1 << 53, ((uint64_t)1 << 53) + 1, INT64_MAX,
                              (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX};
    for (size_t i = in_mesh() ? 1 : 0; i < LENGTH(nodes); i++) { /* there 0 means an id that is made */
        NetMeshOsSdk *sdk = NULL;
        NEED_OK(net_meshos_sdk_start(nodes[i], 0, 0, 0, 0, &sdk));
        NetMeshOsHandle *handle = daemon_new(sdk, 1);
        char *expected = expected_text(net_meshos_handle_daemon_id(handle), "daemon-1", nodes[i]);
        check_both(handle, expected);
        free(expected);
        end(sdk, handle);
    }
}

static void check_name(NetMeshOsSdk *sdk, const char *name, size_t length, const char *escaped) {
    NetMeshOsHandle *handle = NULL;
    NEED_OK(net_meshos_register_daemon(sdk, name, length, seed(1), &handle));
    char *expected = expected_text(net_meshos_handle_daemon_id(handle), escaped, 7);
    check_both(handle, expected);
    free(expected);
    net_meshos_handle_free(handle);
}

static void escapes(void) {
    static const struct {
        const char *name, *escaped;
    } names[] = {
        {"", ""},
        {"plain", "plain"},
        {"\"", "\\\""},
        {"\\", "\\\\"},
        {"a\"b\\c", "a\\\"b\\\\c"},
        {"\\u0041", "\\\\u0041"},
        {"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
        {"\x7f", "\x7f"},
        {"<>&'/", "<>&'/"},
        {"</script>", "</script>"},
        {" leading and trailing ", " leading and trailing "},
        {"\xc2\x80\xc2\x85\xc2\x9f", "\xc2\x80\xc2\x85\xc2\x9f"}, /* control characters of Unicode, not of JSON */
        {"\xc3\xa4", "\xc3\xa4"},
        {"\xe2\x80\xa8\xe2\x80\xa9", "\xe2\x80\xa8\xe2\x80\xa9"}, /* U+2028, U+2029 */
        {"\xef\xbb\xbf", "\xef\xbb\xbf"},
        {"\xef\xbf\xbd", "\xef\xbf\xbd"},
        {"\xef\xbf\xbf", "\xef\xbf\xbf"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}, /* U+1F600 */
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"}, /* U+10FFFF */
        {"%s%n%d", "%s%n%d"},
    };
    NetMeshOsSdk *sdk = sdk_new();
    for (size_t i = 0; i < LENGTH(names); i++) {
        check_row("name %zu", i);
        check_name(sdk, names[i].name, strlen(names[i].name), names[i].escaped);
    }
    net_meshos_sdk_free(sdk);
}

static void control_characters(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (unsigned c = 1; c < 0x20; c++) {
        static const char shorts[] = "\b\f\n\r\t", letters[] = "bfnrt";
        char name[3] = {'a', (char)c, 'b'}, escaped[16];
        const char *is_short = strchr(shorts, (int)c);
        if (is_short)
            snprintf(escaped, sizeof escaped, "a\\%cb", letters[is_short - shorts]);
        else
            snprintf(escaped, sizeof escaped, "a\\u%04xb", c);
        check_row("U+%04X", c);
        check_name(sdk, name, sizeof name, escaped);
    }
    net_meshos_sdk_free(sdk);
}

static void check_as_it_is(const char *text, size_t length, void *sdk) {
    char name[128];
    memcpy(name, text, length);
    name[length] = '\0';
    if (strpbrk(name, "\x01\x1f"))
        return; /* in the other tables */
    check_name(sdk, name, length, name);
}

static void unicode_stands_as_it_is(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (const struct utf8_sample *s = utf8_good; s->label; s++)
        utf8_everywhere(s, check_as_it_is, sdk);
    net_meshos_sdk_free(sdk);
}

/* 1 MiB of characters, each of which becomes six bytes long. */
static void long_name(void) {
    enum { SIZE = 1 << 20 };
    char *name = malloc(SIZE), *escaped = malloc(6 * SIZE + 1);
    NEED(name && escaped);
    memset(name, 1, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        memcpy(escaped + 6 * i, "\\u0001", 7);
    NetMeshOsSdk *sdk = sdk_new();
    check_name(sdk, name, SIZE, escaped);
    net_meshos_sdk_free(sdk);
    free(name);
    free(escaped);
}

static void no_handle(void) {
    EXPECT_NULL(net_meshos_metadata(NULL), invalid_argument);
    EXPECT_NULL(net_meshos_refresh_metadata(NULL), invalid_argument);
}

static void consumed_handle(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *before = net_meshos_metadata(handle);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    EXPECT_NULL(net_meshos_metadata(handle), already_shutdown);
    EXPECT_NULL(net_meshos_refresh_metadata(handle), already_shutdown);
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
    CHECK(before && json_is_valid(before, strlen(before))); /* the text is the caller's */
    net_meshos_free_string(before);
}

/* Each call returns a separate text, which may be written to. */
static void texts_are_the_callers(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *texts[20], *reference = net_meshos_metadata(handle);
    for (size_t i = 0; i < LENGTH(texts); i++) {
        texts[i] = i % 2 ? net_meshos_metadata(handle) : net_meshos_refresh_metadata(handle);
        NEED(texts[i] != NULL);
        CHECK_TEXT(texts[i], reference);
        memset(texts[i], '!', strlen(texts[i]));
    }
    for (size_t i = 0; i < LENGTH(texts); i++)
        for (size_t k = 0; k < i; k++)
            CHECK(texts[i] != texts[k]);
    end(sdk, handle);
    for (size_t i = 0; i < LENGTH(texts); i++)
        net_meshos_free_string(texts[i]);
    CHECK(strstr(reference, "daemon-1") != NULL);
    net_meshos_free_string(reference);
}

/* Other daemons come and go, but never appear in a daemon's own text. */
static void refresh_sees_no_other_daemon(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *expected = expected_text(net_meshos_handle_daemon_id(handle), "daemon-1", 7);
    for (unsigned i = 2; i < 10; i++) {
        NetMeshOsHandle *other = daemon_new(sdk, i);
        check_both(handle, expected);
        if (i % 2)
            EXPECT_OK(net_meshos_graceful_shutdown(other, 1));
        net_meshos_handle_free(other);
        check_both(handle, expected);
    }
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5)); /* checked, not shown */
    check_both(handle, expected);
    free(expected);
    end(sdk, handle);
}

static void free_of_what_is_no_text(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char on_the_stack[32] = "untouched", *of_malloc = malloc(32);
    static char constant[] = "untouched";
    NEED(of_malloc != NULL);
    strcpy(of_malloc, "untouched");
    char *text = net_meshos_metadata(handle);
    NEED(text != NULL);
    char *const others[] = {on_the_stack,
                            of_malloc,
                            constant,
                            text + 1,
                            text + 16,
                            text - 16,
                            (char *)(uintptr_t)net_meshos_handle_daemon_name(handle),
                            (char *)(uintptr_t)1,
                            (char *)(uintptr_t)0xdeadbeef,
                            (char *)UINTPTR_MAX,
                            guard_untouchable(),
                            guard_unmapped()};
    for (size_t i = 0; i < LENGTH(others); i++) {
        check_row("pointer %zu", i);
        KEEPS_ERROR(net_meshos_free_string(others[i]));
    }
    CHECK_TEXT(on_the_stack, "untouched");
    CHECK_TEXT(of_malloc, "untouched");
    CHECK_TEXT(constant, "untouched");
    CHECK(json_is_valid(text, strlen(text)));
    free(of_malloc);
    net_meshos_free_string(text);
    end(sdk, handle);
}

static void free_of_what_is_freed(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (int i = 0; i < 200; i++) {
        char *text = net_meshos_metadata(handle);
        NEED(text != NULL);
        net_meshos_free_string(text);
        net_meshos_free_string(text);
        /* Malloc may give the same memory to the host; the library must not free it a second time. */
        char *mine = malloc(strlen("daemon") + 1);
        NEED(mine != NULL);
        strcpy(mine, "daemon");
        net_meshos_free_string(mine);
        CHECK_TEXT(mine, "daemon");
        free(mine);
    }
    end(sdk, handle);
}

const struct suite_case cases_metadata[] = {
    REFERENCE("metadata.exact", exact_text, "metadata.json metadata.text metadata.refresh"),
    REFERENCE("metadata.node_ids", node_ids, "metadata.ids metadata.json sdk_start.this_node"),
    REFERENCE("metadata.escapes", escapes, "metadata.escapes metadata.json"),
    REFERENCE("metadata.control_characters", control_characters, "metadata.escapes"),
    REFERENCE("metadata.unicode", unicode_stands_as_it_is, "metadata.escapes"),
    REFERENCE("metadata.long_name", long_name, "metadata.escapes register.name"),
    HEADER("metadata.null", no_handle, "metadata.null metadata.last_error"),
    HEADER("metadata.consumed", consumed_handle, "metadata.consumed metadata.text"),
    HEADER("metadata.ownership", texts_are_the_callers, "metadata.text free_string.frees metadata.refresh"),
    REFERENCE("metadata.others", refresh_sees_no_other_daemon, "metadata.cached metadata.refresh metadata.json"),
    HARDENING("free_string.foreign", free_of_what_is_no_text, "free_string.foreign free_string.last_error"),
    HARDENING("free_string.twice", free_of_what_is_freed, "free_string.foreign"),
    END,
};
