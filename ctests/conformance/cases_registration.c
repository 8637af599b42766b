/* Registering daemons, by both calls. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "mesh.h"
#include "guard.h"
#include "probe.h"
#include "sync.h"
#include "utf8.h"

#define EACH_REGISTRATION(r) \
    for (const struct registration *r = registrations; r < registrations + LENGTH(registrations); r++)

static void writes_a_handle(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handles[2] = {NULL, NULL};
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(registrations[i].call(sdk, "daemon", 6, seed(i), &handles[i]));
        CHECK(handles[i] != NULL);
        CHECK_TEXT(net_meshos_handle_daemon_name(handles[i]), "daemon");
    }
    CHECK(handles[0] != handles[1]);
    net_meshos_handle_free(handles[0]);
    end(sdk, handles[1]);
}

static void null_arguments(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = POISON_HANDLE;
    EACH_REGISTRATION(r) {
        check_row("%s", r->name);
        EXPECT(r->call(NULL, "a", 1, seed(1), &handle), -1, invalid_argument);
        EXPECT(r->call(sdk, NULL, 1, seed(1), &handle), -3, invalid_argument);
        EXPECT(r->call(sdk, NULL, 0, seed(1), &handle), -3, invalid_argument);
        EXPECT(r->call(sdk, "a", 1, NULL, &handle), -3, invalid_argument);
        EXPECT(r->call(sdk, "a", 1, seed(1), NULL), -3, invalid_argument);
    }
    check_row(NULL);
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(1), NULL, NULL, &handle), -3, invalid_argument);
    CHECK_POINTER(handle, POISON_HANDLE);
    net_meshos_sdk_free(sdk);
}

static void process_is_needed(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = POISON_HANDLE;
    NetMeshOsDaemonVtable vtable = probe_vtable();
    static struct probe probe;
    vtable.process = NULL;
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(1), &vtable, &probe, &handle), -3,
           invalid_argument);
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(1), &(NetMeshOsDaemonVtable){0}, NULL, &handle),
           -3, invalid_argument);
    CHECK_POINTER(handle, POISON_HANDLE);
    net_meshos_sdk_free(sdk);
}

/* Each other callback may be missing, in all combinations, with ticks and a shutdown going on. Other cases
 * check that there are ticks. */
static void other_callbacks_are_optional(void) {
    static struct probe probes[32];
    NetMeshOsSdk *sdk = sdk_ticking(1);
    const NetMeshOsDaemonVtable all = probe_vtable();
    struct leaving leaving[32];
    pthread_t threads[32];
    for (unsigned mask = 0; mask < 32; mask++) {
        NetMeshOsDaemonVtable vtable = {.process = all.process};
        vtable.snapshot = mask & 1 ? all.snapshot : NULL;
        vtable.restore = mask & 2 || (mask & 1 && in_durable_mesh()) ? all.restore : NULL; /* which there goes with snapshot */
        vtable.on_control = mask & 4 ? all.on_control : NULL;
        vtable.health = mask & 8 ? all.health : NULL;
        vtable.saturation = mask & 16 ? all.saturation : NULL;
        check_row("callbacks %x", mask);
        NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(mask), &vtable, &probes[mask],
                                                       &probes[mask].handle));
    }
    check_row(NULL);
    gauge_reaches(&probes[31].health, 5, 2000);
    for (unsigned mask = 0; mask < 32; mask++) {
        leaving[mask] = (struct leaving){.handle = probes[mask].handle, .grace_ms = 50};
        threads[mask] = thread_start(leave_gracefully, &leaving[mask]);
    }
    for (unsigned mask = 0; mask < 32; mask++) {
        THREAD_JOIN(threads[mask]);
        CHECK(leaving[mask].status == 0 || leaving[mask].status == NET_MESHOS_ERR_CALL_FAILED); /* see EXPECT_LEFT */
        net_meshos_handle_free(probes[mask].handle);
    }
    net_meshos_sdk_free(sdk);
}

static void expect_name(const char *text, size_t length, void *sdk) {
    char expected[128];
    memcpy(expected, text, length);
    expected[length] = '\0';
    EACH_REGISTRATION(r) {
        NetMeshOsHandle *handle = NULL;
        if (EXPECT_OK(r->call(sdk, text, length, seed(1), &handle)))
            CHECK_TEXT(net_meshos_handle_daemon_name(handle), expected);
        net_meshos_handle_free(handle);
    }
}

static void names_in_utf8(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (const struct utf8_sample *s = utf8_good; s->label; s++)
        utf8_everywhere(s, expect_name, sdk);
    net_meshos_sdk_free(sdk);
}

static void expect_no_name(const char *text, size_t length, void *sdk) {
    EACH_REGISTRATION(r) {
        NetMeshOsHandle *handle = POISON_HANDLE;
        EXPECT(r->call(sdk, text, length, seed(1), &handle), -3, invalid_argument);
        CHECK_POINTER(handle, POISON_HANDLE);
    }
}

static void names_not_in_utf8(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (const struct utf8_sample *s = utf8_bad; s->label; s++)
        utf8_everywhere(s, expect_no_name, sdk);
    net_meshos_sdk_free(sdk);
}

static void empty_name(void) {
    NetMeshOsSdk *sdk = sdk_new();
    EACH_REGISTRATION(r) {
        NetMeshOsHandle *handle = NULL;
        EXPECT_OK(r->call(sdk, "not read", 0, seed(1), &handle));
        CHECK_TEXT(net_meshos_handle_daemon_name(handle), "");
        net_meshos_handle_free(handle);
    }
    net_meshos_sdk_free(sdk);
}

static void long_names(void) {
    const size_t lengths[] = {63, 64, 65, 255, 256, 4095, 4096, 65535, 65536, 1 << 20};
    NetMeshOsSdk *sdk = sdk_new();
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        char *name = malloc(lengths[i] + 1);
        NEED(name != NULL);
        for (size_t k = 0; k < lengths[i]; k++)
            name[k] = (char)('a' + k % 26);
        name[lengths[i]] = '\0';
        EACH_REGISTRATION(r) {
            NetMeshOsHandle *handle = NULL;
            check_row("%s, %zu bytes", r->name, lengths[i]);
            EXPECT_OK(r->call(sdk, name, lengths[i], seed(1), &handle));
            CHECK_TEXT(net_meshos_handle_daemon_name(handle), name);
            net_meshos_handle_free(handle);
        }
        free(name);
    }
    net_meshos_sdk_free(sdk);
}

/* The reference's release build aborts here; its header promises a status. */
static void name_with_nul(void) {
    static const struct {
        const char *what, *name;
        size_t length;
    } names[] = {
        {"a NUL alone", "\0", 1},     {"at the start", "\0abc", 4},
        {"in the middle", "a\0b", 3}, {"at the end", "abc\0", 4},
        {"twice", "\0\0", 2},
    };
    NetMeshOsSdk *sdk = sdk_new();
    EACH_REGISTRATION(r) {
        for (size_t i = 0; i < LENGTH(names); i++) {
            NetMeshOsHandle *handle = POISON_HANDLE;
            check_row("%s, %s", r->name, names[i].what);
            EXPECT(r->call(sdk, names[i].name, names[i].length, seed(1), &handle), -2, runtime_panic);
            CHECK_POINTER(handle, POISON_HANDLE);
            handle = NULL;
            EXPECT_OK(r->call(sdk, "abc", 3, seed(1), &handle)); /* the seed is still free */
            net_meshos_handle_free(handle);
        }
    }
    net_meshos_sdk_free(sdk);
}

static void same_seed_twice(void) {
    NetMeshOsSdk *sdk = sdk_new();
    EACH_REGISTRATION(first) {
        NetMeshOsHandle *one = NULL;
        NEED_OK(first->call(sdk, "one", 3, seed(1), &one));
        EACH_REGISTRATION(second) {
            NetMeshOsHandle *two = POISON_HANDLE;
            check_row("%s after %s", second->name, first->name);
            EXPECT(second->call(sdk, "two", 3, seed(1), &two), -2, register_failed);
            CHECK_POINTER(two, POISON_HANDLE);
        }
        /* The daemon that has the id is unaffected. */
        CHECK_TEXT(net_meshos_handle_daemon_name(one), "one");
        EXPECT_OK(net_meshos_publish_log(one, NET_MESHOS_LOG_INFO, "a", 1));
        net_meshos_handle_free(one);
    }
    net_meshos_sdk_free(sdk);
}

static void again_after_free(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (int i = 0; i < 20; i++)
        net_meshos_handle_free(daemon_new(sdk, 1));
    net_meshos_sdk_free(sdk);
}

static void again_after_graceful_shutdown(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handles[5];
    for (size_t i = 0; i < LENGTH(handles); i++) {
        handles[i] = daemon_new(sdk, 1);
        EXPECT_OK(net_meshos_graceful_shutdown(handles[i], 1));
    }
    NetMeshOsHandle *last = daemon_new(sdk, 1), *taken = NULL;
    for (size_t i = 0; i < LENGTH(handles); i++)
        net_meshos_handle_free(handles[i]);
    /* Freeing the consumed ones has not unregistered the one that came after them. */
    EXPECT(net_meshos_register_daemon(sdk, "a", 1, seed(1), &taken), -2, register_failed);
    end(sdk, last);
}

static void same_seed_in_two_sdks(void) {
    NetMeshOsSdk *a = sdk_new(), *b = sdk_new();
    NetMeshOsHandle *of_a = daemon_new(a, 1), *of_b = daemon_new(b, 1);
    CHECK(of_a != of_b);
    CHECK_U64(net_meshos_handle_daemon_id(of_a), net_meshos_handle_daemon_id(of_b));
    net_meshos_handle_free(of_a);
    EXPECT_OK(net_meshos_publish_log(of_b, NET_MESHOS_LOG_INFO, "a", 1));
    end(a, daemon_new(a, 1));
    EXPECT_OK(net_meshos_publish_log(of_b, NET_MESHOS_LOG_INFO, "a", 1));
    end(b, of_b);
}

/* Failed registrations leave nothing registered. */
static void failures_leave_nothing(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *one = daemon_new(sdk, 1), *none = NULL;
    for (int i = 0; i < 1000; i++) {
        net_meshos_register_daemon(sdk, "a", 1, seed(1), &none);
        net_meshos_register_daemon(sdk, "\xff", 1, seed(2), &none);
    }
    CHECK_POINTER(none, NULL);
    net_meshos_handle_free(one);
    NetMeshOsHandle *again = daemon_new(sdk, 1), *other = daemon_new(sdk, 2);
    net_meshos_handle_free(other);
    end(sdk, again);
}

static void ten_thousand_daemons(void) {
    enum { MOST = 10000 };
    const unsigned MANY = in_durable_mesh() ? 500 : MOST; /* there each is stored */
    static NetMeshOsHandle *handles[MOST];
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    for (unsigned i = 0; i < MANY; i++)
        handles[i] = daemon_new(sdk, i);
    for (unsigned i = 0; i < MANY; i += 97) {
        NetMeshOsHandle *taken = NULL;
        EXPECT(net_meshos_register_daemon(sdk, "a", 1, seed(i), &taken), -2, register_failed);
        CHECK(strncmp(net_meshos_handle_daemon_name(handles[i]), "daemon-", 7) == 0);
    }
    /* Freed in an order that is neither that of the registrations nor its reverse. */
    for (unsigned i = 0; i < MANY; i++)
        net_meshos_handle_free(handles[i * 7919 % MANY]);
    net_meshos_handle_free(daemon_new(sdk, 1));
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_registration[] = {
    HEADER("register.out", writes_a_handle, "register.out register.plain handles.not_null handles.owner"),
    HEADER("register.null", null_arguments, "register.null_sdk register.null"),
    HEADER("register.no_process", process_is_needed, "register.no_process callbacks.optional"),
    HEADER("register.optional_callbacks", other_callbacks_are_optional,
           "callbacks.optional health.optional saturation.optional"),
    HEADER("register.utf8_names", names_in_utf8, "register.name daemon_name.text memory.utf8"),
    REFERENCE("register.not_utf8_names", names_not_in_utf8, "register.not_utf8 memory.utf8"),
    REFERENCE("register.empty_name", empty_name, "register.name"),
    REFERENCE("register.long_names", long_names, "register.name daemon_name.text"),
    HEADER("register.nul_in_name", name_with_nul, "register.panic register.name errors.out_untouched kind.runtime_panic",
              .shows = "the refusal of a name with a NUL"),
    REFERENCE("register.same_seed", same_seed_twice,
              "register.again register.taken kind.register_failed errors.out_untouched"),
    REFERENCE("register.after_free", again_after_free, "register.again handle_free.unregisters"),
    REFERENCE("register.after_graceful_shutdown", again_after_graceful_shutdown,
              "register.again graceful.consumes handle_free.unregisters"),
    REFERENCE("register.two_sdks", same_seed_in_two_sdks, "register.other_sdk sdk_start.many"),
    REFERENCE("register.failures", failures_leave_nothing, "register.taken register.not_utf8"),
    HARDENING("register.ten_thousand", ten_thousand_daemons, "register.again register.out handles.owner"),
    END,
};
