#define _GNU_SOURCE
#include "panics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "check.h"
#include "seed.h"

static unsigned seeds;

const uint8_t *fresh_seed(void) {
    return seed(++seeds);
}

/* ---- A node ---- */

NetMeshOsSdk *sdk;
NetMeshOsHandle *handle;
uint64_t some_daemon_id;
static NetMeshOsSdk *bystander;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)ctx, (void)origin, (void)sequence;
    net_meshos_process_emit(emit, payload, length);
    return 0;
}

static void snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    (void)ctx;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
}

static int restore(void *ctx, const uint8_t *state, size_t length) {
    (void)ctx, (void)state, (void)length;
    return 0;
}

static const NetMeshOsDaemonVtable vtable = {.process = process, .snapshot = snapshot, .restore = restore};
const NetMeshOsDaemonVtable *vtable_ptr = &vtable;
const NetMeshOsEvent event = {1, 1, (const uint8_t *)"x", 1};

void begin(void) {
    sdk = NULL;
    handle = NULL;
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) == 0);
    CHECK(net_meshos_register_daemon_with_vtable(sdk, "daemon", 6, fresh_seed(), &vtable, NULL, &handle) == 0);
    some_daemon_id = net_meshos_handle_daemon_id(handle);
}

void end(void) {
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
}

void bystander_begin(void) {
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &bystander) == 0);
}

void bystander_end(void) {
    net_meshos_sdk_free(bystander);
}

/* ---- The exports ---- */

/* Every export of capi/. */
static const char *const exports[] = {
#define EXPORT(name) #name,
#include "exports.inc"
#undef EXPORT
};

static bool has_panicked[LENGTH(exports)];

bool note_panic(void) {
    char names[256] = "", *rest = names;
    const char *value = getenv("MESHOS_PANICKED");
    bool found = false;
    snprintf(names, sizeof names, "%s", value ? value : "");
    for (const char *name; (name = strtok_r(rest, " ", &rest)) != NULL; found = true) {
        size_t i = 0;
        while (i < LENGTH(exports) && strcmp(exports[i], name) != 0)
            i++;
        if (CHECK(i < LENGTH(exports)))
            has_panicked[i] = true;
    }
    unsetenv("MESHOS_PANICKED");
    return found;
}

/* It is asked of a node of a mesh alone, which this edition has none of. ctests/unit/test_gather.c has it fail. */
static const char only_in_a_mesh[] = "goPostLater";

void check_that_each_has_panicked(void) {
    for (size_t i = 0; i < LENGTH(exports); i++) {
        if (!has_panicked[i] && strcmp(exports[i], only_in_a_mesh) != 0)
            FAIL("no call has crossed into the export %s", exports[i]);
        has_panicked[i] = false;
    }
}

/* ---- What comes of a panic ---- */

const char *with;

bool kind_is(const char *kind) {
    const char *last = net_meshos_last_error_kind();
    return last && strcmp(last, kind) == 0;
}

bool make_panic(const struct every_call *c) {
    net_meshos_sdk_start(0, 0, 0, 0, 0, NULL);
    const char *before = net_meshos_last_error_message();
    char words[512];
    snprintf(words, sizeof words, "%s", before);
    setenv("MESHOS_PANIC_WITH", with, 1);
    int result = c->make();
    unsetenv("MESHOS_PANIC_WITH");
    const char *message = net_meshos_last_error_message();
    if (!note_panic())
        return false;
    CHECK(result == c->fails);
    CHECK(!every_call_wrote());
    if (c->fails == GOT_NOTHING) {
        CHECK(kind_is("invalid_argument"));
        CHECK(message == before && strcmp(message, words) == 0);
    } else {
        CHECK(kind_is("runtime_panic"));
        CHECK(message && strstr(message, "defect"));
        CHECK(message && strstr(message, strcmp(with, "fault") == 0 ? "nil pointer" : "as asked"));
    }
    return true;
}

void check_next_error(void) {
    static const NetMeshOsDaemonVtable empty;
    NetMeshOsHandle *none = NULL;
    CHECK(net_meshos_register_daemon_with_vtable(bystander, "x", 1, fresh_seed(), &empty, NULL, &none) == -3);
    CHECK(kind_is("invalid_argument"));
    const char *message = net_meshos_last_error_message();
    CHECK(message && strstr(message, "process callback"));
}

void check_that_it_works(void) {
    NetMeshOsHandle *registered = NULL;
    uint8_t *state = NULL;
    size_t length = 0;
    CHECK(net_meshos_ext_deliver(sdk, some_daemon_id, &event, NULL, NULL) == 0);
    CHECK(net_meshos_ext_post(sdk, some_daemon_id, &event, 1, NULL) == 0);
    CHECK(net_meshos_ext_flush(sdk, some_daemon_id, 0) == 0);
    CHECK(net_meshos_ext_snapshot(sdk, some_daemon_id, &state, &length) == 0 && length == 5);
    net_meshos_ext_free_bytes(state, length);
    CHECK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "line", 4) == 0);
    CHECK(net_meshos_register_daemon(sdk, "x", 1, fresh_seed(), &registered) == 0);
    net_meshos_handle_free(registered);
    char *metadata = net_meshos_metadata(handle), *runtime = net_meshos_ext_runtime_json(sdk);
    CHECK(metadata && runtime);
    net_meshos_free_string(metadata);
    net_meshos_free_string(runtime);
}
