#include "faults.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sync.h"

/* What the calls are made on: two SDKs with a daemon each, one running and one shut down; a consumed handle. */
static NetMeshOsSdk *running, *consumed_sdk;
static NetMeshOsHandle *live, *consumed;
static const uint8_t *used_seed, *free_seed;

static uint8_t seeds[2][SEED_SIZE];

static void set_up(void) {
    running = sdk_new();
    consumed_sdk = sdk_new();
    live = daemon_new(running, 1);
    consumed = daemon_new(running, 2);
    NEED_OK(net_meshos_graceful_shutdown(consumed, 1));
    NEED_OK(net_meshos_sdk_shutdown(consumed_sdk));
    used_seed = memcpy(seeds[0], seed(1), SEED_SIZE);
    free_seed = memcpy(seeds[1], seed(3), SEED_SIZE);
}

static void tear_down(void) {
    end(running, live);
    end(consumed_sdk, consumed);
}

static unsigned count_of(const struct call *call) {
    unsigned n = 0;
    while (n < LENGTH(call->wrong) && call->wrong[n].what)
        n++;
    return n;
}

/* Every subset of the faults. */
static void try_all(const struct call *call) {
    unsigned count = count_of(call);
    for (unsigned mask = 1; mask < 1u << count; mask++) {
        unsigned first = 0;
        while (!(mask & 1u << first))
            first++;
        int untouched = 1;
        char what[160] = "";
        for (unsigned i = 0; i < count; i++) {
            if (mask & 1u << i) {
                strncat(what, *what ? ", " : "", sizeof what - strlen(what) - 1);
                strncat(what, call->wrong[i].what, sizeof what - strlen(what) - 1);
            }
        }
        check_row("%s: %s", call->name, what);
        net_meshos_clear_last_error();
        EXPECT(call->try_it(mask, call, &untouched), call->wrong[first].status, call->wrong[first].kind);
        if (!untouched)
            FAIL("a call that failed wrote to its out argument");
    }
    check_row(NULL);
}

void try_all_of(const struct call *call) {
    set_up();
    try_all(call);
    tear_down();
}

/* Whether the call's fault of that name is in the mask. */
static int has(const struct call *call, unsigned mask, const char *what) {
    for (unsigned i = 0; i < count_of(call); i++)
        if (strcmp(call->wrong[i].what, what) == 0)
            return (mask & 1u << i) != 0;
    return 0;
}

static NetMeshOsSdk *sdk_of(const struct call *c, unsigned mask) {
    return has(c, mask, "sdk NULL")      ? NULL
           : has(c, mask, "sdk invalid") ? POISON_SDK
           : has(c, mask, "shut down")   ? consumed_sdk
                                         : running;
}

static NetMeshOsHandle *handle_of(const struct call *c, unsigned mask) {
    return has(c, mask, "handle NULL")      ? NULL
           : has(c, mask, "handle invalid") ? POISON_HANDLE
           : has(c, mask, "consumed")       ? consumed
                                            : live;
}

int try_sdk_start(unsigned mask, const struct call *c, int *untouched) {
    NetMeshOsSdk *out = POISON_SDK;
    int status = net_meshos_sdk_start(0, 0, has(c, mask, "event queue 2^61") ? (size_t)1 << 61 : 0,
                                      has(c, mask, "action queue 2^61") ? (size_t)1 << 61 : 0, 0,
                                      has(c, mask, "out NULL") ? NULL : &out);
    *untouched = out == POISON_SDK;
    return status;
}

int try_sdk_shutdown(unsigned mask, const struct call *c, int *untouched) {
    (void)untouched;
    return net_meshos_sdk_shutdown(sdk_of(c, mask));
}

int try_register(unsigned mask, const struct call *c, int *untouched) {
    NetMeshOsHandle *out = POISON_HANDLE;
    const char *name = has(c, mask, "name NULL")       ? NULL
                       : has(c, mask, "name not UTF-8") ? "\xff"
                       : has(c, mask, "NUL in name")    ? "a\0b"
                                                        : "abc";
    size_t length = has(c, mask, "name not UTF-8") ? 1 : 3;
    if (has(c, mask, "name NULL") && has(c, mask, "name not UTF-8"))
        length = 0;
    const uint8_t *seed_bytes = has(c, mask, "seed NULL") ? NULL : has(c, mask, "same id") ? used_seed : free_seed;
    NetMeshOsHandle **to = has(c, mask, "out NULL") ? NULL : &out;
    int status = c->registration->call(sdk_of(c, mask), name, length, seed_bytes, to);
    *untouched = out == POISON_HANDLE;
    return status;
}

static int process_nothing(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash,
                           uint64_t sequence, const uint8_t *payload, size_t length) {
    (void)user_ctx, (void)emit_ctx, (void)origin_hash, (void)sequence, (void)payload, (void)length;
    return 0;
}

/* The same, and the faults that only the call with a table can have. */
int try_register_with_vtable(unsigned mask, const struct call *c, int *untouched) {
    NetMeshOsHandle *out = POISON_HANDLE;
    const NetMeshOsDaemonVtable vtable = {.process = has(c, mask, "process NULL") ? NULL : process_nothing};
    int status = net_meshos_register_daemon_with_vtable(
        sdk_of(c, mask), has(c, mask, "name NULL") ? NULL : has(c, mask, "name not UTF-8") ? "\xff" : "a", 1,
        has(c, mask, "same id") ? used_seed : free_seed, has(c, mask, "vtable NULL") ? NULL : &vtable, NULL,
        has(c, mask, "out NULL") ? NULL : &out);
    *untouched = out == POISON_HANDLE;
    return status;
}

int try_try_next(unsigned mask, const struct call *c, int *untouched) {
    NetMeshOsDaemonControl event = event_poison();
    int status = net_meshos_try_next_control(handle_of(c, mask), has(c, mask, "out NULL") ? NULL : &event);
    *untouched = event_untouched(&event);
    return status;
}

int try_next(unsigned mask, const struct call *c, int *untouched) {
    NetMeshOsDaemonControl event = event_poison();
    int status = net_meshos_next_control(handle_of(c, mask), 1, has(c, mask, "out NULL") ? NULL : &event);
    *untouched = event_untouched(&event);
    return status;
}

int try_publish_log(unsigned mask, const struct call *c, int *untouched) {
    (void)untouched;
    return net_meshos_publish_log(handle_of(c, mask), has(c, mask, "level 5") ? 5 : NET_MESHOS_LOG_INFO,
                                  has(c, mask, "message NULL") ? NULL : has(c, mask, "not UTF-8") ? "\xff" : "a", 1);
}

int try_graceful(unsigned mask, const struct call *c, int *untouched) {
    (void)untouched;
    return net_meshos_graceful_shutdown(handle_of(c, mask), 1);
}

int try_capabilities(unsigned mask, const struct call *c, int *untouched) {
    (void)untouched;
    return net_meshos_publish_capabilities(
        handle_of(c, mask), has(c, mask, "tags NULL") ? NULL : has(c, mask, "not JSON") ? "[" : "[]",
        has(c, mask, "not JSON") && !has(c, mask, "tags NULL") ? 1 : 2);
}

/* Its status here: -2 for NULL with the expected kind, 0 for a text. */
int try_metadata(unsigned mask, const struct call *c, int *untouched) {
    (void)untouched;
    char *text = net_meshos_metadata(handle_of(c, mask));
    net_meshos_free_string(text);
    return text ? 0 : -2;
}

int try_refresh_metadata(unsigned mask, const struct call *c, int *untouched) {
    (void)untouched;
    char *text = net_meshos_refresh_metadata(handle_of(c, mask));
    net_meshos_free_string(text);
    return text ? 0 : -2;
}
