/* Makes the calls that hosts make most often, for the profile that the library is
 * compiled with: work LIBRARY. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_meshos_ext.h"

enum { ROUNDS = 10, DELIVERIES = 1500000, BATCH = 256, BATCHES = 20000, LINES = 1500000, TEXTS = 400000, LIVES = 10000 };

#define CALL(name) __typeof__(&net_meshos_##name) name
static struct {
    CALL(ext_sdk_start);
    CALL(ext_deliver);
    CALL(ext_post);
    CALL(ext_flush);
    CALL(ext_set_output);
    CALL(ext_subscribe);
    CALL(ext_unsubscribe);
    CALL(register_daemon);
    CALL(register_daemon_with_vtable);
    CALL(handle_daemon_id);
    CALL(handle_free);
    CALL(publish_log);
    CALL(publish_capabilities);
    CALL(refresh_metadata);
    CALL(free_string);
    CALL(sdk_free);
} lib;
static __typeof__(&net_meshos_process_emit) process_emit;
static void (*profile_end)(void);

static void *look_up(void *library, const char *name) {
    void *symbol = dlsym(library, name);
    if (!symbol) {
        fprintf(stderr, "work: %s\n", dlerror());
        exit(1);
    }
    return symbol;
}

#define LOOK_UP(name) *(void **)&lib.name = look_up(library, "net_meshos_" #name)

static void load(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (!library) {
        fprintf(stderr, "work: %s\n", dlerror());
        exit(1);
    }
    LOOK_UP(ext_sdk_start);
    LOOK_UP(ext_deliver);
    LOOK_UP(ext_post);
    LOOK_UP(ext_flush);
    LOOK_UP(ext_set_output);
    LOOK_UP(ext_subscribe);
    LOOK_UP(ext_unsubscribe);
    LOOK_UP(register_daemon);
    LOOK_UP(register_daemon_with_vtable);
    LOOK_UP(handle_daemon_id);
    LOOK_UP(handle_free);
    LOOK_UP(publish_log);
    LOOK_UP(publish_capabilities);
    LOOK_UP(refresh_metadata);
    LOOK_UP(free_string);
    LOOK_UP(sdk_free);
    *(void **)&profile_end = look_up(library, "net_meshos_profile_end");
    *(void **)&process_emit = look_up(library, "net_meshos_process_emit");
}

static int process(void *outputs, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)origin, (void)sequence;
    for (int i = 0; i < *(int *)outputs; i++)
        process_emit(emit, payload, length);
    return 0;
}

static void take(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                 const uint8_t *payload, size_t length) {
    (void)ctx, (void)daemon_id, (void)in_origin, (void)in_sequence, (void)out_sequence, (void)payload, (void)length;
}

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *handles[2];
static uint64_t ids[2];
static int outputs;

static void must(const char *what, int status) {
    if (status == NET_MESHOS_OK)
        return;
    fprintf(stderr, "work: %s returned %d\n", what, status);
    exit(1);
}

static void deliver(const NetMeshOsEvent *e) {
    outputs = 0;
    for (long i = 0; i < DELIVERIES; i++)
        must("ext_deliver", lib.ext_deliver(sdk, ids[0], e, NULL, NULL));
    outputs = 1;
    for (long i = 0; i < DELIVERIES; i++)
        must("ext_deliver", lib.ext_deliver(sdk, ids[i & 1], e, take, NULL));
}

/* Posts until all events are accepted: the inbox may be full. */
static void post(uint64_t id, const NetMeshOsEvent *batch) {
    for (size_t left = BATCH, accepted; left > 0; left -= accepted)
        lib.ext_post(sdk, id, batch, left, &accepted);
}

static void stream(const NetMeshOsEvent *e) {
    static NetMeshOsEvent batch[BATCH];
    for (int i = 0; i < BATCH; i++)
        batch[i] = *e;
    must("ext_set_output", lib.ext_set_output(sdk, take, NULL));
    for (long i = 0; i < BATCHES; i++)
        post(ids[i & 1], batch);
    must("ext_flush", lib.ext_flush(sdk, 0, 0));
    must("ext_set_output", lib.ext_set_output(sdk, NULL, NULL));
}

static void talk(void) {
    static const char line[] = "thirty bytes of a log message.", tags[] = "[\"hardware.gpu\",\"region.eu-west\"]";
    for (long i = 0; i < LINES; i++)
        lib.publish_log(handles[0], NET_MESHOS_LOG_INFO, line, sizeof line - 1); /* or refused: the queue is full */
    for (long i = 0; i < TEXTS; i++) {
        must("publish_capabilities", lib.publish_capabilities(handles[0], tags, sizeof tags - 1));
        lib.free_string(lib.refresh_metadata(handles[0]));
    }
}

static void live(void) {
    uint8_t seed[32] = {2};
    for (int i = 0; i < LIVES; i++) {
        NetMeshOsHandle *h;
        memcpy(seed + 1, &i, sizeof i);
        must("register_daemon", lib.register_daemon(sdk, "short-lived", 11, seed, &h));
        lib.handle_free(h);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: work LIBRARY\n");
        return 2;
    }
    load(argv[1]);
    static const uint8_t payload[64] = "an event";
    NetMeshOsEvent e = {1, 2, payload, sizeof payload};
    NetMeshOsDaemonVtable vtable = {.process = process};
    must("ext_sdk_start", lib.ext_sdk_start(NULL, 0, &sdk));
    for (int i = 0; i < 2; i++) {
        uint8_t seed[32] = {1, (uint8_t)i};
        must("register", lib.register_daemon_with_vtable(sdk, "worker", 6, seed, &vtable, &outputs, &handles[i]));
        ids[i] = lib.handle_daemon_id(handles[i]);
    }
    for (int i = 0; i < ROUNDS; i++) {
        deliver(&e);
        stream(&e);
        talk();
        live();
        fprintf(stderr, "round %d of %d\n", i + 1, ROUNDS);
    }
    profile_end();
    lib.sdk_free(sdk);
    return 0;
}
