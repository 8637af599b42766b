/* Panics on the way of an event: where a deliver ends in Go, where Go wants the token, where a post passes a mark. */
#define _GNU_SOURCE
#include "panics.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Of many delivers to an idle daemon one is timed exactly, which ends in Go. */
void try_returned(void) {
    begin();
    CHECK(net_meshos_ext_deliver(sdk, some_daemon_id, &event, NULL, NULL) == 0); /* Go lends the token */
    setenv("MESHOS_PANIC_WITH", with, 1);
    int status = 0;
    for (int i = 0; i < 1000 && status == 0; i++)
        status = net_meshos_ext_deliver(sdk, some_daemon_id, &event, NULL, NULL);
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(status == -2 && kind_is("runtime_panic"));
    CHECK(note_panic());
    check_next_error();
    check_that_it_works();
    end();
}

/* Go wants the token back while process runs, and its callers wait for that. */
struct wanted {
    NetMeshOsSdk *sdk;
    uint64_t id;
    NetMeshOsHandle *handle;
};

static int process_wanted(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                          const uint8_t *payload, size_t length) {
    const struct wanted *w = ctx;
    (void)origin, (void)sequence;
    net_meshos_process_emit(emit, payload, length);
    char *json = net_meshos_ext_daemon_json(w->sdk, w->id);
    CHECK(json);
    net_meshos_free_string(json);
    return 0;
}

/* Lends the token, and then delivers with a panic in Go, in the exports that are named. */
static void deliver_wanted(struct wanted *w, const char *panics_in) {
    static const NetMeshOsDaemonVtable table = {.process = process_wanted};
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &w->sdk) == 0);
    CHECK(net_meshos_register_daemon_with_vtable(w->sdk, "wanted", 6, fresh_seed(), &table, w, &w->handle) == 0);
    w->id = net_meshos_handle_daemon_id(w->handle);
    for (int i = 0; i < 3; i++)
        CHECK(net_meshos_ext_deliver(w->sdk, w->id, &event, NULL, NULL) == 0);
    setenv("MESHOS_PANIC_IN", panics_in, 1);
    setenv("MESHOS_PANIC_WITH", with, 1);
    int status = net_meshos_ext_deliver(w->sdk, w->id, &event, NULL, NULL);
    unsetenv("MESHOS_PANIC_WITH");
    unsetenv("MESHOS_PANIC_IN");
    CHECK(status == -2 && kind_is("runtime_panic"));
    CHECK(note_panic());
    check_next_error();
}

/* The daemon is not held for good, and only that event is not counted. */
void try_wanted(void) {
    struct wanted w;
    deliver_wanted(&w, "goReturned");
    CHECK(net_meshos_ext_deliver(w.sdk, w.id, &event, NULL, NULL) == 0);
    CHECK(net_meshos_ext_post(w.sdk, w.id, &event, 1, NULL) == 0);
    CHECK(net_meshos_ext_flush(w.sdk, w.id, 0) == 0);
    char *json = net_meshos_ext_daemon_json(w.sdk, w.id);
    CHECK(json && strstr(json, "\"events_in\":5,"));
    net_meshos_free_string(json);
    net_meshos_handle_free(w.handle);
    net_meshos_sdk_free(w.sdk);
}

/* With a second defect it is held, but the caller learns of the first. Nothing can end that node. */
void try_wanted_in_vain(void) {
    static struct wanted held[3];
    static size_t used;
    deliver_wanted(&held[used++], "goReturned goAbandoned");
}

static sem_t is_in, may_go;

static int process_when_told(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                             const uint8_t *payload, size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    sem_post(&is_in);
    while (sem_wait(&may_go) != 0)
        ;
    return 0;
}

/* The third event waits in the stage of a busy daemon, and Go wants to know of it. */
void try_mark_passed(void) {
    static const NetMeshOsDaemonVtable slow = {.process = process_when_told};
    static const char config[] = "{\"backpressure_on\": 3, \"backpressure_off\": 1}";
    NetMeshOsSdk *full = NULL;
    NetMeshOsHandle *busy = NULL;
    sem_init(&is_in, 0, 0);
    sem_init(&may_go, 0, 0);
    CHECK(net_meshos_ext_sdk_start(config, sizeof config - 1, &full) == 0);
    CHECK(net_meshos_register_daemon_with_vtable(full, "busy", 4, fresh_seed(), &slow, NULL, &busy) == 0);
    uint64_t id = net_meshos_handle_daemon_id(busy);
    CHECK(net_meshos_ext_post(full, id, &event, 1, NULL) == 0);
    while (sem_wait(&is_in) != 0)
        ;
    CHECK(net_meshos_ext_post(full, id, &event, 1, NULL) == 0); /* opens the stage */
    setenv("MESHOS_PANIC_WITH", with, 1);
    CHECK(net_meshos_ext_post(full, id, &event, 1, NULL) == 0);
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(note_panic());
    check_next_error();
    for (int i = 0; i < 3; i++)
        sem_post(&may_go);
    CHECK(net_meshos_ext_flush(full, id, 0) == 0);
    net_meshos_handle_free(busy);
    net_meshos_sdk_free(full);
    sem_destroy(&is_in);
    sem_destroy(&may_go);
}
