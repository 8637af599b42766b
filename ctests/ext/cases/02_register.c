/* net_meshos_register_daemon_with_vtable_v2, and when a failed one calls destroy. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static int destroys;

static void count_destroy(void *user_ctx) {
    CHECK(user_ctx == &destroys);
    destroys++;
}

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)user_ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return 0;
}

static const NetMeshOsDaemonVtable vtable = {.process = process};

/* A registration that must fail, and how often it calls destroy. */
#define REFUSED(sdk, name, length, seed, vtable, out, status, kind, calls)                                          \
    do {                                                                                                            \
        destroys = 0;                                                                                               \
        EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, name, length, seed, vtable, &destroys, count_destroy, \
                                                         out),                                                      \
               status, kind);                                                                                       \
        CHECK_INT(destroys, calls);                                                                                 \
        CHECK(handle == UNTOUCHED);                                                                                 \
        /* without the function it fails in the same way */                                                         \
        EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, name, length, seed, vtable, &destroys, NULL, out),    \
               status, kind);                                                                                       \
    } while (0)
#define UNTOUCHED ((NetMeshOsHandle *)(uintptr_t)0x77)

CASE(register_arguments, "register: destroy is not called when an argument is refused") {
    uint8_t bytes[SEED_SIZE];
    NetMeshOsHandle *handle = UNTOUCHED;
    NetMeshOsDaemonVtable empty = {0};
    NetMeshOsSdk *sdk = sdk_new("{}"), *freed = sdk_new("{}");
    net_meshos_sdk_free(freed);
    memcpy(bytes, seed(1), SEED_SIZE);
    REFUSED(NULL, "a", 1, bytes, &vtable, &handle, -1, invalid_argument, 0);
    REFUSED(freed, "a", 1, bytes, &vtable, &handle, -1, invalid_handle, 0);
    REFUSED(sdk, NULL, 1, bytes, &vtable, &handle, -3, invalid_argument, 0);
    REFUSED(sdk, NULL, 0, bytes, &vtable, &handle, -3, invalid_argument, 0);
    REFUSED(sdk, "a", 1, NULL, &vtable, &handle, -3, invalid_argument, 0);
    REFUSED(sdk, "a", 1, bytes, NULL, &handle, -3, invalid_argument, 0);
    REFUSED(sdk, "a", 1, bytes, &vtable, NULL, -3, invalid_argument, 0);
    REFUSED(sdk, "\xff", 1, bytes, &vtable, &handle, -3, invalid_argument, 0);
    REFUSED(sdk, "a", SIZE_MAX, bytes, &vtable, &handle, -3, invalid_argument, 0);
    REFUSED(sdk, "a", 1, bytes, &empty, &handle, -3, invalid_argument, 0);
    sdk_end(sdk);
}

CASE(register_fails, "register: destroy is called when a registration fails otherwise") {
    uint8_t bytes[SEED_SIZE];
    NetMeshOsHandle *handle = UNTOUCHED;
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    memcpy(bytes, seed(1), SEED_SIZE);
    REFUSED(sdk, "a", 1, bytes, &vtable, &handle, -2, register_failed, 1);
    memcpy(bytes, seed(2), SEED_SIZE);
    REFUSED(sdk, "a\0b", 3, bytes, &vtable, &handle, -2, runtime_panic, 1);
    NEED_OK(net_meshos_sdk_shutdown(sdk));
    REFUSED(sdk, "a", 1, bytes, &vtable, &handle, -4, already_shutdown, 1);
    net_meshos_sdk_free(sdk);
    ACTOR_END(&a);

    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, (size_t)1 << 61, &sdk));
    REFUSED(sdk, "a", 1, bytes, &vtable, &handle, -2, runtime_panic, 1);
    sdk_end(sdk);
}

static void fail_in_destroy(void *user_ctx) {
    EXPECT(net_meshos_ext_daemon_done(NULL), -1, invalid_argument);
    EXPECT(net_meshos_ext_flush(user_ctx, NOBODY, 1), -2, not_found);
}

CASE(register_fails_error, "register: the last error of one that fails is its own, whatever destroy calls") {
    uint8_t bytes[SEED_SIZE];
    char message[512];
    NetMeshOsHandle *handle = NULL;
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    memcpy(bytes, seed(1), SEED_SIZE);
    EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, "b", 1, bytes, &vtable, NULL, NULL, &handle), -2,
           register_failed);
    snprintf(message, sizeof message, "%s", net_meshos_last_error_message());
    EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, "b", 1, bytes, &vtable, sdk, fail_in_destroy, &handle), -2,
           register_failed);
    CHECK_TEXT(net_meshos_last_error_message(), message);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(register_works, "register: like net_meshos_register_daemon_with_vtable, and the table is copied") {
    uint8_t bytes[SEED_SIZE];
    NetMeshOsHandle *handle = NULL;
    NetMeshOsDaemonVtable table = vtable;
    NetMeshOsSdk *sdk = sdk_new("{}");
    memcpy(bytes, seed(1), SEED_SIZE);
    NEED_OK(net_meshos_register_daemon_with_vtable_v2(sdk, "a name", 6, bytes, &table, &destroys, count_destroy,
                                                      &handle));
    memset(&table, 0, sizeof table);
    memset(bytes, 0, sizeof bytes);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "a name");
    uint64_t id = net_meshos_handle_daemon_id(handle);
    CHECK(id != 0);
    EXPECT_OK(deliver(sdk, id, 1, 1, "x"));
    CHECK_TEXT(json_text(look_at(sdk, id), "name"), "a name");
    CHECK_INT(destroys, 0);
    net_meshos_handle_free(handle);
    CHECK_INT(destroys, 1);
    sdk_end(sdk);
    CHECK_INT(destroys, 1);
}

CASE(no_op_daemon, "register: a daemon without callbacks takes events and does nothing with them") {
    uint8_t bytes[SEED_SIZE];
    NetMeshOsHandle *handle = NULL;
    NetMeshOsSdk *sdk = sdk_new("{}");
    uint8_t *state = (uint8_t *)bytes;
    size_t length = 99;
    memcpy(bytes, seed(1), SEED_SIZE);
    NEED_OK(net_meshos_register_daemon(sdk, "none", 4, bytes, &handle));
    uint64_t id = net_meshos_handle_daemon_id(handle);
    EXPECT_OK(net_meshos_ext_snapshot(sdk, id, &state, &length));
    CHECK(state == NULL);
    CHECK_U64(length, 0);
    EXPECT_OK(net_meshos_ext_restore(sdk, id, NULL, 0));
    EXPECT(net_meshos_ext_restore(sdk, id, (const uint8_t *)"x", 1), -2, restore_failed);
    EXPECT_OK(deliver(sdk, id, 1, 1, "x"));
    EXPECT_OK(post(sdk, id, 1, 2, "x"));
    FLUSH(sdk, id);
    CHECK_U64(json_u64(look_at(sdk, id), "events_in"), 2);
    CHECK_U64(json_u64(look_at(sdk, id), "outputs"), 0);
    net_meshos_handle_free(handle);
    sdk_end(sdk);
}

CASE(new_seed, "new_seed: 32 random bytes, before any SDK is started and after; NULL is -3 invalid_argument") {
    uint8_t seeds[40][32] = {{0}};
    EXPECT(net_meshos_ext_new_seed(NULL), -3, invalid_argument);
    for (size_t i = 1; i < LENGTH(seeds); i++) {
        EXPECT_OK(net_meshos_ext_new_seed(seeds[i]));
        for (size_t j = 0; j < i; j++)
            CHECK(memcmp(seeds[i], seeds[j], 32) != 0);
    }
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsHandle *handle = NULL;
    NEED_OK(net_meshos_register_daemon(sdk, "x", 1, seeds[1], &handle));
    EXPECT_OK(net_meshos_ext_new_seed(seeds[0]));
    net_meshos_handle_free(handle);
    sdk_end(sdk);
}

static int free_and_register(struct actor *a, const struct call *c) {
    const NetMeshOsDaemonVtable table = actor_vtable(a);
    NetMeshOsHandle *handle = NULL;
    (void)c;
    net_meshos_handle_free(a->handle);
    EXPECT(net_meshos_register_daemon_with_vtable(a->sdk, "again", 5, seed(1), &table, NULL, &handle), -2, register_failed);
    EXPECT(net_meshos_register_daemon(a->sdk, "again", 5, seed(1), &handle), -2, register_failed);
    CHECK(!handle);
    return 0;
}

CASE(register_inside, "register: inside a callback that has freed its own handle it is -2 register_failed, afterwards it works") {
    for (int posted = 0; posted < 2; posted++) {
        struct actor a = {.process = free_and_register}, again = {0};
        NetMeshOsSdk *sdk = sdk_new("{}");
        actor_begin(&a, sdk, 1);
        if (posted)
            POST(sdk, a.id, 1, 0, "");
        else
            EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
        GAUGE_NEED(&a.destroys, 1); /* the callback has returned */
        actor_begin(&again, sdk, 1);
        CHECK_U64(again.id, a.id);
        EXPECT_OK(deliver(sdk, again.id, 1, 0, ""));
        ACTOR_CHECK(&a);
        ACTOR_END(&again);
        sdk_end(sdk);
    }
}

static void register_again(struct actor *a) {
    NetMeshOsHandle *handle = NULL;
    EXPECT_OK(net_meshos_register_daemon(a->sdk, "again", 5, seed(1), &handle));
    net_meshos_handle_free(handle);
}

CASE(register_in_destroy, "register: the id is free when destroy is called, after a free and after a graceful shutdown") {
    for (int graceful = 0; graceful < 2; graceful++) {
        struct actor a = {.destroyed = register_again};
        NetMeshOsSdk *sdk = sdk_new("{}");
        actor_begin(&a, sdk, 1);
        if (graceful)
            EXPECT_OK(net_meshos_graceful_shutdown(a.handle, 1));
        ACTOR_END(&a);
        sdk_end(sdk);
    }
}
