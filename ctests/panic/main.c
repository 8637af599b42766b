/* Makes every call of the library while Go panics in it, and looks at what comes
 * of that: runtime_panic, and nothing else. See run.sh. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "every_call.h"

enum { TIME_LIMIT_S = 120 };

static FILE *report; /* what the library printed would be elsewhere */
static const char *call, *with;
static unsigned passed, failed;

#define CHECK(condition) check(__LINE__, #condition, (condition))

static bool check(int line, const char *what, bool holds) {
    if (holds) {
        passed++;
    } else {
        const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
        failed++;
        fprintf(report, "main.c:%d: %s, %s: %s does not hold (last error %s: %s)\n", line, call, with, what,
                kind ? kind : "NULL", message ? message : "NULL");
    }
    return holds;
}

/* ---- A node ---- */

NetMeshOsSdk *sdk;
NetMeshOsHandle *handle;
uint64_t some_daemon_id;
static NetMeshOsSdk *bystander;
static unsigned seeds;

static const uint8_t *fresh_seed(void) {
    static uint8_t seed[32];
    seeds++;
    memcpy(seed, &seeds, sizeof seeds);
    return seed;
}

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
static const NetMeshOsEvent event = {1, 1, (const uint8_t *)"x", 1};

static void begin(void) {
    sdk = NULL;
    handle = NULL;
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) == 0);
    CHECK(net_meshos_register_daemon_with_vtable(sdk, "daemon", 6, fresh_seed(), &vtable, NULL, &handle) == 0);
    some_daemon_id = net_meshos_handle_daemon_id(handle);
}

static void end(void) {
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
}

/* ---- The exports ---- */

/* Every export of capi/. */
static const char *const exports[] = {
#define EXPORT(name) #name,
#include "exports.inc"
#undef EXPORT
};

enum { EXPORTS = sizeof exports / sizeof *exports };

static bool has_panicked[EXPORTS];

/* Notes the export that has panicked since the last time; NULL: none has. */
static const char *note_panic(void) {
    const char *name = getenv("MESHOS_PANICKED");
    const char *found = NULL;
    for (size_t i = 0; name && i < EXPORTS; i++)
        if (strcmp(exports[i], name) == 0) {
            has_panicked[i] = true;
            found = exports[i];
        }
    CHECK(!name || found);
    unsetenv("MESHOS_PANICKED");
    return found;
}

static void check_that_each_has_panicked(void) {
    for (size_t i = 0; i < EXPORTS; i++) {
        call = exports[i];
        CHECK(has_panicked[i]);
        has_panicked[i] = false;
    }
}

/* ---- What comes of a panic ---- */

static bool kind_is(const char *kind) {
    const char *last = net_meshos_last_error_kind();
    return last && strcmp(last, kind) == 0;
}

/* Makes a call with a panic in the export that it crosses into. False: in none. */
static bool make_panic(const struct every_call *c) {
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

/* The words of a panic must not be those of the next error, which has its own. */
static void check_next_error(void) {
    static const NetMeshOsDaemonVtable empty;
    NetMeshOsHandle *none = NULL;
    CHECK(net_meshos_register_daemon_with_vtable(bystander, "x", 1, fresh_seed(), &empty, NULL, &none) == -3);
    CHECK(kind_is("invalid_argument"));
    const char *message = net_meshos_last_error_message();
    CHECK(message && strstr(message, "process callback"));
}

/* A node that has seen panics goes on. */
static void check_that_it_works(void) {
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

static void try_call(const struct every_call *c) {
    call = c->name;
    begin();
    if (make_panic(c)) {
        check_next_error();
        /* What was to be shut down or freed is not there any more, or runs on. */
        bool ends = strstr(c->name, "_shutdown") || strstr(c->name, "_free");
        if (!ends) {
            check_that_it_works();
            int again = c->make();
            CHECK(again == (c->fails == GOT_NULL ? GOT_TEXT : 0) || !kind_is("runtime_panic"));
        }
    }
    every_call_release();
    end();
    begin();
    check_that_it_works();
    end();
}

/* handle_free wakes the threads that wait on the handle, even if Go panics. */
static int woken_status;
static atomic_int waiter;

static void *wait_for_control(void *waits) {
    NetMeshOsDaemonControl control;
    atomic_store(&waiter, gettid());
    woken_status = net_meshos_next_control(waits, 0, &control);
    return NULL;
}

static bool is_asleep(void) {
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", atomic_load(&waiter));
    FILE *stat = fopen(path, "re");
    if (stat && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    if (stat)
        fclose(stat);
    return state == 'S';
}

static void try_waiting(void) {
    pthread_t thread;
    atomic_store(&waiter, 0);
    call = "net_meshos_handle_free, while a thread waits";
    begin();
    if (!CHECK(pthread_create(&thread, NULL, wait_for_control, handle) == 0))
        return;
    while (!is_asleep())
        sched_yield();
    setenv("MESHOS_PANIC_WITH", with, 1);
    net_meshos_handle_free(handle);
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(note_panic());
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(woken_status == 0 || woken_status == -1);
    end();
}

/* Standard output and standard error go where it can be seen that nothing came. */
static FILE *divert(const char *path) {
    FILE *printed = fopen(path, "w");
    report = fdopen(dup(STDOUT_FILENO), "w");
    if (!printed || !report)
        exit(2);
    setvbuf(report, NULL, _IOLBF, 0);
    dup2(fileno(printed), STDOUT_FILENO);
    dup2(fileno(printed), STDERR_FILENO);
    return printed;
}

int main(int argc, char **argv) {
    static const char *const ways[] = {"words", "error", "fault"};
    struct stat printed;
    alarm(TIME_LIMIT_S);
    if (argc != 2)
        return 2;
    FILE *diverted = divert(argv[1]);
    call = "all";
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &bystander) == 0);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        with = ways[w];
        for (const struct every_call *c = every_calls; c->name; c++)
            try_call(c);
        check_that_each_has_panicked();
        try_waiting();
    }
    call = "all";
    net_meshos_sdk_free(bystander);
    CHECK(fstat(fileno(diverted), &printed) == 0 && printed.st_size == 0);
    fprintf(report, "%u passed, %u failed\n", passed, failed);
    fflush(report);
    return failed > 0;
}
