#include "fake_go.h"

#include <string.h>

#include "_cgo_export.h"
#include "strings.h"

struct fake_go go;

void go_reset(void) {
    memset(&go, 0, sizeof go);
}

static enum meshos_error answer(void) {
    if (go.during)
        go.during();
    if (go.text)
        meshos_error_text(go.text, strlen(go.text));
    return go.answer;
}

/* Notes a call's arguments. Calls that threads make at once must not be noted. */
static void on_sdk(const char *name, struct sdk_cell *cell) {
    atomic_fetch_add(&go.calls, 1);
    go.last = name;
    go.sdk = cell;
}

static void on_daemon(const char *name, struct daemon_cell *cell) {
    atomic_fetch_add(&go.calls, 1);
    go.last = name;
    go.daemon = cell;
}

static void pointers(const void *a, const void *b) {
    go.pointers[0] = a;
    go.pointers[1] = b;
}

static void numbers(uint64_t a, uint64_t b, uint64_t c) {
    go.numbers[0] = a;
    go.numbers[1] = b;
    go.numbers[2] = c;
}

void goPrepareThread(void) {
}

enum meshos_error goSdkStart(struct sdk_cell *cell, char *config_path, uint64_t this_node, uint64_t tick_ms,
                             size_t event_capacity, size_t action_capacity, size_t control_capacity) {
    on_sdk("goSdkStart", cell);
    pointers(config_path, NULL);
    numbers(this_node, tick_ms, event_capacity);
    go.numbers[3] = action_capacity;
    go.numbers[4] = control_capacity;
    cell->control_capacity = control_capacity ? control_capacity : 8;
    return answer();
}

enum meshos_error goExtSdkStart(struct sdk_cell *cell, char *text, size_t length) {
    on_sdk("goExtSdkStart", cell);
    pointers(text, NULL);
    numbers(length, 0, 0);
    cell->control_capacity = 8;
    return answer();
}

enum meshos_error goSdkShutdown(struct sdk_cell *cell, struct frame *frame) {
    on_sdk("goSdkShutdown", cell);
    go.frame = frame;
    return answer();
}

void goSdkFree(struct sdk_cell *cell, struct frame *frame) {
    on_sdk("goSdkFree", cell);
    go.frame = frame;
    answer();
}

enum meshos_error goRegister(struct sdk_cell *sdk, struct daemon_cell *cell, char *name, size_t name_len, uint8_t *seed,
                             _Bool has_vtable, uint64_t *id) {
    on_sdk("goRegister", sdk);
    go.daemon = cell;
    pointers(name, seed);
    numbers(name_len, 0, 0);
    go.flag = has_vtable;
    if (go.answer == MESHOS_OK)
        *id = 1000 + (uint64_t)cell->slot.index;
    return answer();
}

void goHandleFree(struct daemon_cell *cell, struct frame *frame) {
    on_daemon("goHandleFree", cell);
    go.frame = frame;
    daemon_cell_consume(cell);
    answer();
    daemon_cell_drop(cell); /* what registration had shared with Go */
}

enum meshos_error goPublishLog(struct daemon_cell *cell, uint64_t unix_ns, int level, char *message, size_t length) {
    on_daemon("goPublishLog", cell);
    pointers(message, NULL);
    numbers(unix_ns, (uint64_t)level, length);
    return answer();
}

enum meshos_error goDaemonDone(struct daemon_cell *cell) {
    on_daemon("goDaemonDone", cell);
    return answer();
}

enum meshos_error goGracefulShutdown(struct daemon_cell *cell, uint64_t grace_ms, struct frame *frame) {
    on_daemon("goGracefulShutdown", cell);
    go.frame = frame;
    numbers(grace_ms, 0, 0);
    return answer();
}

enum meshos_error goMetadata(struct daemon_cell *cell, _Bool refresh) {
    on_daemon("goMetadata", cell);
    go.flag = refresh;
    if (go.metadata && !daemon_cell_set_text(cell, go.metadata, strlen(go.metadata)))
        return MESHOS_E_NO_MEMORY;
    return answer();
}

enum meshos_error goPublishCapabilities(struct daemon_cell *cell, char *tags, size_t length) {
    on_daemon("goPublishCapabilities", cell);
    pointers(tags, NULL);
    numbers(length, 0, 0);
    return answer();
}

/* C forbids a function pointer as an object pointer; POSIX has it as one. */
static const void *of_function(const void *pointer_to_function) {
    const void *p;
    memcpy(&p, pointer_to_function, sizeof p);
    return p;
}

enum meshos_error goDeliver(struct sdk_cell *cell, uint64_t began, _Bool rough, uint64_t id, uint64_t origin,
                            uint64_t sequence, uint8_t *payload, size_t length, uintptr_t fn, uintptr_t ctx,
                            struct frame *frame) {
    on_sdk("goDeliver", cell);
    pointers(payload, (void *)ctx);
    numbers(id, origin, sequence);
    go.numbers[3] = length;
    go.flag = fn != 0;
    go.numbers[4] = began;
    go.rough = rough;
    go.frame = frame;
    return answer();
}

enum meshos_error goPost(struct sdk_cell *cell, uint64_t id, NetMeshOsEvent *events, size_t n, size_t *accepted) {
    on_sdk("goPost", cell);
    pointers(events, NULL);
    numbers(id, n, 0);
    *accepted = n / 2;
    return answer();
}

enum meshos_error goFlush(struct sdk_cell *cell, uint64_t id, uint64_t timeout_ms, struct frame *frame) {
    on_sdk("goFlush", cell);
    numbers(id, timeout_ms, 0);
    go.frame = frame;
    return answer();
}

enum meshos_error goSetOutput(struct sdk_cell *cell, NetMeshOsOutputFn fn, uintptr_t ctx, _Bool inside) {
    on_sdk("goSetOutput", cell);
    pointers(of_function(&fn), (void *)ctx);
    go.flag = inside;
    return answer();
}

enum meshos_error goSubscribe(struct sdk_cell *cell, uint64_t from, uint64_t to, _Bool subscribe) {
    on_sdk("goSubscribe", cell);
    numbers(from, to, 0);
    go.flag = subscribe;
    return answer();
}

enum meshos_error goSnapshot(struct sdk_cell *cell, uint64_t id, uint8_t **out, size_t *length, struct frame *frame) {
    on_sdk("goSnapshot", cell);
    numbers(id, 0, 0);
    go.frame = frame;
    if (go.answer == MESHOS_OK) {
        *out = (uint8_t *)string_hand_out("state", 5);
        *length = 5;
    }
    return answer();
}

enum meshos_error goRestore(struct sdk_cell *cell, uint64_t id, uint8_t *state, size_t length, struct frame *frame) {
    on_sdk("goRestore", cell);
    pointers(state, NULL);
    numbers(id, length, 0);
    go.frame = frame;
    return answer();
}

enum meshos_error goEnterMaintenance(struct sdk_cell *cell, uint64_t drain_ms) {
    on_sdk("goEnterMaintenance", cell);
    numbers(drain_ms, 0, 0);
    return answer();
}

enum meshos_error goExitMaintenance(struct sdk_cell *cell) {
    on_sdk("goExitMaintenance", cell);
    return answer();
}

enum meshos_error goStopDaemon(struct sdk_cell *cell, uint64_t id, uint64_t grace_ms, struct frame *frame) {
    on_sdk("goStopDaemon", cell);
    numbers(id, grace_ms, 0);
    go.frame = frame;
    return answer();
}

enum meshos_error goRestartDaemon(struct sdk_cell *cell, uint64_t id) {
    on_sdk("goRestartDaemon", cell);
    numbers(id, 0, 0);
    return answer();
}

enum meshos_error goOnLog(struct sdk_cell *cell, int level, NetMeshOsLogFn fn, uintptr_t ctx, _Bool inside) {
    on_sdk("goOnLog", cell);
    pointers(of_function(&fn), (void *)ctx);
    numbers((uint64_t)level, 0, 0);
    go.flag = inside;
    return answer();
}

enum meshos_error goLogsJSON(struct sdk_cell *cell, uint64_t after, size_t most, char **text) {
    on_sdk("goLogsJSON", cell);
    numbers(after, most, 0);
    if (go.answer == MESHOS_OK)
        *text = string_hand_out("[]", 2);
    return answer();
}

enum meshos_error goRuntimeJSON(struct sdk_cell *cell, char **text) {
    on_sdk("goRuntimeJSON", cell);
    if (go.answer == MESHOS_OK)
        *text = string_hand_out("{}", 2);
    return answer();
}
