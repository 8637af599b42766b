/* Values that are no live handle: what every call does with them. */
#include <stdint.h>
#include <stdlib.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "guard.h"
#include "probe.h"
#include "mesh.h"

static void expect_no_handle(NetMeshOsHandle *h) {
    NetMeshOsDaemonControl event = event_poison();
    EXPECT(net_meshos_try_next_control(h, &event), -1, invalid_handle);
    EXPECT(net_meshos_next_control(h, 0, &event), -1, invalid_handle);
    EXPECT(net_meshos_next_control(h, 1, &event), -1, invalid_handle);
    CHECK(event_untouched(&event));
    EXPECT(net_meshos_publish_log(h, NET_MESHOS_LOG_INFO, "a", 1), -1, invalid_handle);
    EXPECT(net_meshos_publish_capabilities(h, "[]", 2), -1, invalid_handle);
    EXPECT(net_meshos_publish_capabilities(h, NULL, 0), -1, invalid_handle);
    EXPECT(net_meshos_graceful_shutdown(h, 1), -1, invalid_handle);
    EXPECT(net_meshos_graceful_shutdown(h, 0), -1, invalid_handle);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_metadata(h), invalid_handle);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_refresh_metadata(h), invalid_handle);
    net_meshos_clear_last_error();
    CHECK_U64(net_meshos_handle_daemon_id(h), 0);
    EXPECT_KIND(invalid_handle);
    net_meshos_clear_last_error();
    CHECK_POINTER(net_meshos_handle_daemon_name(h), NULL);
    EXPECT_KIND(invalid_handle);
    KEEPS_ERROR(net_meshos_handle_free(h));
}

static void expect_no_sdk(NetMeshOsSdk *s) {
    NetMeshOsHandle *out = POISON_HANDLE;
    NetMeshOsDaemonVtable vtable = probe_vtable();
    EXPECT(net_meshos_sdk_shutdown(s), -1, invalid_handle);
    EXPECT(net_meshos_register_daemon(s, "a", 1, seed(90), &out), -1, invalid_handle);
    EXPECT(net_meshos_register_daemon_with_vtable(s, "a", 1, seed(90), &vtable, NULL, &out), -1, invalid_handle);
    CHECK_POINTER(out, POISON_HANDLE);
    KEEPS_ERROR(CHECK_U64(net_meshos_sdk_dropped_control_events(s), UINT64_MAX));
    KEEPS_ERROR(net_meshos_sdk_free(s));
}

/* The value as either kind of handle. */
static void expect_nothing(uintptr_t value) {
    check_row("value %#llx", (unsigned long long)value);
    expect_no_handle((NetMeshOsHandle *)value);
    expect_no_sdk((NetMeshOsSdk *)value);
    check_row(NULL);
}

static void made_up(void) {
    static char page[4096] = {0};
    static unsigned char ones[4096];
    int on_the_stack = 0;
    void *on_the_heap = calloc(64, 1);
    for (size_t i = 0; i < sizeof ones; i++)
        ones[i] = 0xff;
    const uintptr_t values[] = {1,
                                2,
                                3,
                                7,
                                8,
                                16,
                                255,
                                4096,
                                0xdeadbeef,
                                0xffffffff,
                                (uintptr_t)1 << 32,
                                (uintptr_t)1 << 47,
                                ((uintptr_t)1 << 53) - 1,
                                (uintptr_t)1 << 53,
                                (uintptr_t)1 << 62,
                                (uintptr_t)1 << 63,
                                UINTPTR_MAX,
                                UINTPTR_MAX - 1,
                                UINTPTR_MAX - 7,
                                (uintptr_t)&on_the_stack,
                                (uintptr_t)on_the_heap,
                                (uintptr_t)page,
                                (uintptr_t)ones,
                                (uintptr_t)&expect_nothing,
                                (uintptr_t)guard_untouchable(),
                                (uintptr_t)guard_unmapped()};
    for (size_t i = 0; i < LENGTH(values); i++)
        expect_nothing(values[i]);
    NetMeshOsSdk *sdk = sdk_new(); /* the same once there are handles */
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(values); i++)
        expect_nothing(values[i]);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    end(sdk, handle);
    CHECK_INT(on_the_stack, 0);
    free(on_the_heap);
}

/* A live handle with any one bit changed, and the numbers next to it. */
static void near_misses(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    const uintptr_t live[] = {(uintptr_t)sdk, (uintptr_t)handle};
    for (size_t i = 0; i < LENGTH(live); i++) {
        for (unsigned bit = 0; bit < 8 * sizeof(uintptr_t); bit++) {
            uintptr_t value = live[i] ^ (uintptr_t)1 << bit;
            if (value != live[0] && value != live[1] && value != 0)
                expect_nothing(value);
        }
        for (int step = -16; step <= 16; step++) {
            uintptr_t value = live[i] + (uintptr_t)(intptr_t)step;
            if (value != live[0] && value != live[1] && value != 0)
                expect_nothing(value);
        }
    }
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    end(sdk, handle);
}

static void wrong_kind(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    expect_no_handle((NetMeshOsHandle *)(void *)sdk);
    expect_no_sdk((NetMeshOsSdk *)(void *)handle);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1"); /* the frees did nothing */
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    end(sdk, handle);
}

static void freed(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1), *consumed = daemon_new(sdk, 2);
    net_meshos_handle_free(handle);
    expect_no_handle(handle);
    EXPECT_OK(net_meshos_graceful_shutdown(consumed, 1));
    net_meshos_handle_free(consumed);
    expect_no_handle(consumed);
    net_meshos_sdk_free(sdk);
    expect_no_sdk(sdk);
    expect_no_handle(handle);
    NetMeshOsSdk *shut_down = sdk_new();
    EXPECT_OK(net_meshos_sdk_shutdown(shut_down));
    net_meshos_sdk_free(shut_down);
    expect_no_sdk(shut_down);
    expect_no_sdk(sdk);
}

/* The slots of freed handles are reused many times; an old value must never refer to a new handle. */
static void freed_long_ago(void) {
    enum { OLD = 50 };
    const unsigned ROUNDS = in_durable_mesh() ? 5 : 300; /* there each registration is stored */
    NetMeshOsSdk *sdk = sdk_new(), *old_sdk = sdk_new();
    NetMeshOsHandle *old[OLD], *live[OLD];
    for (unsigned i = 0; i < OLD; i++)
        old[i] = daemon_new(sdk, i);
    for (unsigned i = 0; i < OLD; i++)
        net_meshos_handle_free(old[i]);
    net_meshos_sdk_free(old_sdk);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < OLD; i++) {
            live[i] = daemon_new(sdk, i);
            CHECK(live[i] != old[i]);
        }
        for (unsigned i = 0; i < OLD; i++)
            net_meshos_handle_free(old[(i * 7 + round) % OLD]); /* frees nothing */
        for (unsigned i = 0; i < OLD; i++) {
            CHECK(net_meshos_handle_daemon_id(live[i]) != 0);
            if (round + 1 < ROUNDS)
                net_meshos_handle_free(live[i]);
        }
    }
    for (unsigned i = 0; i < OLD; i++)
        expect_no_handle(old[i]);
    for (int i = 0; i < 100; i++) {
        NetMeshOsSdk *other = sdk_new();
        CHECK(other != old_sdk);
        CHECK_U64(net_meshos_sdk_dropped_control_events(old_sdk), UINT64_MAX);
        net_meshos_sdk_free(old_sdk);
        CHECK_U64(net_meshos_sdk_dropped_control_events(other), 0);
        net_meshos_sdk_free(other);
    }
    expect_no_sdk(old_sdk);
    for (unsigned i = 0; i < OLD; i++)
        net_meshos_handle_free(live[i]);
    net_meshos_sdk_free(sdk);
}

static void freed_twice(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (int i = 0; i < 100; i++) {
        NetMeshOsHandle *handle = daemon_new(sdk, 1);
        net_meshos_handle_free(handle);
        net_meshos_handle_free(handle);
    }
    net_meshos_sdk_free(sdk);
    net_meshos_sdk_free(sdk);
    NetMeshOsSdk *next = sdk_new();
    net_meshos_sdk_free(sdk);
    CHECK_U64(net_meshos_sdk_dropped_control_events(next), 0);
    net_meshos_sdk_free(next);
}

/* All handles of a busy process are different numbers that a double holds. */
static void fit_a_double(void) {
    enum { MANY = 500 };
    NetMeshOsSdk *sdk = sdk_new();
    static uintptr_t seen[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        NetMeshOsHandle *handle = daemon_new(sdk, i);
        seen[i] = (uintptr_t)handle;
        double d = (double)seen[i];
        CHECK((uintptr_t)d == seen[i]);
        CHECK_AT_MOST(seen[i], ((uint64_t)1 << 53) - 1);
        CHECK(seen[i] != (uintptr_t)sdk);
        for (unsigned k = 0; k < i; k++)
            if (seen[k] == seen[i])
                FAIL("handles %u and %u are the same", k, i);
        if (i % 2)
            net_meshos_handle_free(handle);
    }
    CHECK_AT_MOST((uintptr_t)sdk, ((uint64_t)1 << 53) - 1);
    for (unsigned i = 0; i < MANY; i += 2)
        net_meshos_handle_free((NetMeshOsHandle *)seen[i]);
    net_meshos_sdk_free(sdk);
}

#define INVALID_CLAUSES                                                                                   \
    "handles.invalid handles.invalid_status kind.invalid_handle daemon_id.invalid daemon_name.invalid "       \
    "metadata.invalid dropped.none sdk_free.null handle_free.null register.invalid_sdk sdk_shutdown.invalid " \
    "try_next.invalid log.invalid graceful.invalid capabilities.invalid "

const struct suite_case cases_handles[] = {
    HARDENING("handles.made_up", made_up, INVALID_CLAUSES "errors.out_untouched", .shows = "the refusal of made-up handles"),
    HARDENING("handles.near_misses", near_misses, INVALID_CLAUSES "handles.double", .needs = "handles.made_up"),
    HARDENING("handles.wrong_kind", wrong_kind, INVALID_CLAUSES "handles.invalid", .needs = "handles.made_up"),
    HARDENING("handles.freed", freed, INVALID_CLAUSES "handles.owner", .shows = "the refusal of freed handles"),
    HARDENING("handles.freed_long_ago", freed_long_ago, INVALID_CLAUSES "handles.invalid_for_ever",
              .needs = "handles.freed"),
    HARDENING("handles.freed_twice", freed_twice, "handles.invalid handle_free.null sdk_free.null",
              .needs = "handles.freed"),
    HARDENING("handles.fit_a_double", fit_a_double, "handles.double handles.not_null"),
    END,
};
