/* What callers pass in: read to its length and no further, during the call and not after it. Each input ends
 * right before a page that can't be touched, and after the call it can't be touched itself. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "guard.h"
#include "probe.h"
#include "suite.h"
#include "sync.h"

static void registration_inputs(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (unsigned i = 0; i < LENGTH(registrations); i++) {
        NetMeshOsHandle *handle = NULL;
        struct guarded name = guard_copy("guarded", 7), seed_bytes = guard_copy(seed(i), SEED_SIZE);
        NEED_OK(registrations[i].call(sdk, name.bytes, name.length, (const uint8_t *)seed_bytes.bytes, &handle));
        uint64_t id = net_meshos_handle_daemon_id(handle);
        guard_seal(&name);
        guard_seal(&seed_bytes);
        CHECK_TEXT(net_meshos_handle_daemon_name(handle), "guarded");
        CHECK_U64(net_meshos_handle_daemon_id(handle), id);
        char *text = net_meshos_refresh_metadata(handle);
        CHECK(text && strstr(text, "\"guarded\"") != NULL);
        net_meshos_free_string(text);
        NetMeshOsHandle *taken = NULL;
        EXPECT(registrations[i].call(sdk, "a", 1, seed(i), &taken), -2, register_failed);
        net_meshos_handle_free(handle);
        guard_release(&name);
        guard_release(&seed_bytes);
    }
    net_meshos_sdk_free(sdk);
}

/* The table is overwritten with other functions at once, then made inaccessible: the daemon keeps the first ones. */
static void vtable_is_copied(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsDaemonVtable vtable = probe_vtable();
    struct guarded g = guard_copy(&vtable, sizeof vtable);
    NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(1), (const NetMeshOsDaemonVtable *)(void *)g.bytes,
                                                   &probe, &probe.handle));
    memset(g.bytes, 0, g.length);
    guard_seal(&g);
    PROBE_TICKS(&probe, 3);
    struct leaving leaving = {.handle = probe.handle, .grace_ms = LONG_GRACE_MS};
    pthread_t leaves = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&probe.controls, 1);
    net_meshos_handle_free(probe.handle);
    THREAD_JOIN(leaves);
    CHECK_INT(gauge_get(&probe.controls), 1);
    net_meshos_sdk_free(sdk);
    guard_release(&g);
}

static void log_inputs(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t length = 1; length <= 100; length++) {
        char text[100];
        memset(text, 'm', sizeof text);
        struct guarded message = guard_copy(text, length);
        EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, message.bytes, length));
        memset(message.bytes, 0xff, length);
        guard_seal(&message); /* the supervisor may not have seen the line yet */
    }
    end(sdk, handle);
}

static void capability_inputs(void) {
    static const char *const texts[] = {
        "[]", "[\"a\"]", "[\"\"]", "[\"a\",\"b\"]", "[\"\\u00e4\"]", "[\"\xc3\xa4\"]",
        /* These are refused. Each is cut off where a reader would look at the next byte. */
        "[", "[\"", "[\"a", "[\"a\"", "[\"a\",", "[\"\\", "[\"\\u", "[\"\\u00", "[\"\\ud83d", "[\"\\ud83d\\",
        "[\"\\ud83d\\u", "[\"\xc3", "[\"\xf0\x9f\x98", "nul", "t", "-", "1e", " ", "\xef\xbb\xbf",
    };
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct guarded json = guard_copy(texts[i], strlen(texts[i]));
        check_row("text %zu", i);
        int status = net_meshos_publish_capabilities(handle, json.bytes, json.length);
        CHECK_INT(status, i < 6 ? 0 : -3);
        guard_seal(&json);
    }
    end(sdk, handle);
}

/* A length of 0 reads nothing at all. */
static void empty_inputs(void) {
    NetMeshOsSdk *sdk = sdk_new();
    const char *untouchable = guard_untouchable();
    for (unsigned i = 0; i < LENGTH(registrations); i++) {
        NetMeshOsHandle *handle = NULL;
        EXPECT_OK(registrations[i].call(sdk, untouchable, 0, seed(1), &handle));
        CHECK_TEXT(net_meshos_handle_daemon_name(handle), "");
        EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, untouchable, 0));
        EXPECT_OK(net_meshos_publish_capabilities(handle, untouchable, 0));
        net_meshos_handle_free(handle);
    }
    net_meshos_sdk_free(sdk);
}

/* Arguments are not read once an earlier check has failed. */
static void refused_inputs_are_not_read(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    const char *untouchable = guard_untouchable();
    EXPECT(net_meshos_register_daemon(NULL, untouchable, 9, (const uint8_t *)untouchable, &handle), -1,
           invalid_argument);
    EXPECT(net_meshos_register_daemon(sdk, NULL, 9, (const uint8_t *)untouchable, &handle), -3, invalid_argument);
    EXPECT(net_meshos_publish_log(NULL, 1, untouchable, 9), -1, invalid_argument);
    EXPECT(net_meshos_publish_log(handle, 5, untouchable, 9), -3, invalid_log_level);
    EXPECT(net_meshos_publish_capabilities(NULL, untouchable, 9), -1, invalid_argument);
    end(sdk, handle);
}

static void lengths_above_ptrdiff_max(void) {
    const size_t lengths[] = {(size_t)PTRDIFF_MAX + 1, (size_t)PTRDIFF_MAX + 2, SIZE_MAX - 1, SIZE_MAX};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        check_row("length %zu", lengths[i]);
        for (size_t r = 0; r < LENGTH(registrations); r++) {
            NetMeshOsHandle *out = POISON_HANDLE;
            EXPECT(registrations[r].call(sdk, "a", lengths[i], seed(2), &out), -3, invalid_argument);
            CHECK_POINTER(out, POISON_HANDLE);
        }
        EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", lengths[i]), -3, invalid_argument);
        EXPECT(net_meshos_publish_capabilities(handle, "[]", lengths[i]), -3, invalid_argument);
    }
    end(sdk, handle);
}

/* The greatest possible length. No memory is that long, so the call must not read any of it to find the error. A
 * sanitizer in the host must not see an allocation of that size either. */
static void longest_length_is_not_read(void) {
    NetMeshOsSdk *sdk = sdk_new(), *down = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1), *freed = daemon_new(sdk, 2);
    const char *text = guard_untouchable();
    const size_t longest = PTRDIFF_MAX;
    net_meshos_handle_free(freed);
    NEED_OK(net_meshos_sdk_shutdown(down));
    net_meshos_sdk_free(down);
    for (size_t r = 0; r < LENGTH(registrations); r++) {
        check_row("%s", registrations[r].name);
        NetMeshOsHandle *out = POISON_HANDLE;
        EXPECT(registrations[r].call(NULL, text, longest, seed(3), &out), -1, invalid_argument);
        EXPECT(registrations[r].call(down, text, longest, seed(3), &out), -1, invalid_handle);
        EXPECT(registrations[r].call(sdk, text, longest, NULL, &out), -3, invalid_argument);
        EXPECT(registrations[r].call(sdk, text, longest, seed(3), NULL), -3, invalid_argument);
        CHECK(registrations[r].call(sdk, text, longest, seed(3), &out) < 0);
        CHECK(net_meshos_last_error_kind() != NULL);
        CHECK_POINTER(out, POISON_HANDLE);
    }
    NetMeshOsHandle *out = POISON_HANDLE;
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, text, longest, seed(3), NULL, NULL, &out), -3, invalid_argument);
    EXPECT(net_meshos_publish_log(NULL, NET_MESHOS_LOG_INFO, text, longest), -1, invalid_argument);
    EXPECT(net_meshos_publish_log(freed, NET_MESHOS_LOG_INFO, text, longest), -1, invalid_handle);
    EXPECT(net_meshos_publish_log(handle, 5, text, longest), -3, invalid_log_level);
    EXPECT(net_meshos_publish_capabilities(NULL, text, longest), -1, invalid_argument);
    EXPECT(net_meshos_publish_capabilities(freed, text, longest), -1, invalid_handle);
    EXPECT(net_meshos_publish_capabilities(handle, NULL, longest), -3, invalid_argument);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    EXPECT(net_meshos_publish_capabilities(handle, text, longest), -4, already_shutdown);
    end(sdk, handle);
}

/* The library never looks at what user_ctx points to. */
static void user_ctx_is_not_looked_into(void) {
    static struct probe clock;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    void *const contexts[] = {NULL, guard_untouchable(), guard_unmapped(), (void *)UINTPTR_MAX, (void *)(uintptr_t)1};
    NetMeshOsHandle *handles[LENGTH(contexts)];
    NetMeshOsDaemonVtable vtable = probe_vtable();
    vtable.on_control = NULL;
    vtable.health = NULL;
    vtable.saturation = NULL;
    for (unsigned i = 0; i < LENGTH(contexts); i++)
        NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(i), &vtable, contexts[i], &handles[i]));
    probe_register(&clock, sdk, 99);
    if (suite_shown("callbacks.polled"))
        PROBE_TICKS(&clock, 5);
    for (unsigned i = 0; i < LENGTH(contexts); i++) {
        EXPECT_OK(net_meshos_graceful_shutdown(handles[i], 1));
        net_meshos_handle_free(handles[i]);
    }
    end(sdk, clock.handle);
}

const struct suite_case cases_inputs[] = {
    HEADER("inputs.registration", registration_inputs,
           "memory.lengths memory.during_the_call register.name register.seed daemon_name.lifetime"),
    HEADER("inputs.vtable", vtable_is_copied, "register.vtable memory.during_the_call",
              .needs = "callbacks.polled graceful.on_control graceful.freed"),
    HEADER("inputs.log", log_inputs, "memory.lengths memory.during_the_call"),
    HEADER("inputs.capabilities", capability_inputs, "memory.lengths memory.during_the_call capabilities.refused"),
    HARDENING("inputs.empty", empty_inputs, "memory.lengths log.message register.name capabilities.clear"),
    HARDENING("inputs.refused", refused_inputs_are_not_read, "errors.order memory.lengths"),
    HARDENING("inputs.huge_lengths", lengths_above_ptrdiff_max, "memory.length_limit errors.out_untouched"),
    HARDENING("inputs.longest_length", longest_length_is_not_read, "errors.order errors.out_untouched memory.lengths",
              .needs = "handles.freed"),
    HEADER("inputs.user_ctx", user_ctx_is_not_looked_into, "register.user_ctx memory.during_the_call",
              .uses = "callbacks.polled"),
    END,
};
