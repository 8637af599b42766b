/* Makes every call of the library while Go panics in it, and looks at what comes
 * of that: runtime_panic, and nothing else. See run.sh. */
#define _GNU_SOURCE
#include <net_meshos_ext.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIME_LIMIT_S = 120 };

static FILE *report; /* what the library printed would be elsewhere */
static const char *export, *with;
static unsigned passed, failed;

#define CHECK(condition) check(__LINE__, #condition, (condition))

static bool check(int line, const char *what, bool holds) {
    if (holds) {
        passed++;
    } else {
        const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
        failed++;
        fprintf(report, "main.c:%d: %s, %s: %s does not hold (last error %s: %s)\n", line, export, with, what,
                kind ? kind : "NULL", message ? message : "NULL");
    }
    return holds;
}

/* ---- A node ---- */

static NetMeshOsSdk *sdk, *bystander;
static NetMeshOsHandle *handle;
static uint64_t id;
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
static const NetMeshOsEvent event = {1, 1, (const uint8_t *)"x", 1};

static void begin(void) {
    sdk = NULL;
    handle = NULL;
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) == 0);
    CHECK(net_meshos_register_daemon_with_vtable(sdk, "daemon", 6, fresh_seed(), &vtable, NULL, &handle) == 0);
    id = net_meshos_handle_daemon_id(handle);
}

static void end(void) {
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
}

/* ---- The calls ---- */

/* What a call returns that returns no status. */
enum { GOT_NULL = -100, GOT_TEXT = -101, GOT_NOTHING = -102 };

static int text(char *s) {
    net_meshos_free_string(s);
    return s ? GOT_TEXT : GOT_NULL;
}

static int sdk_start(void) {
    NetMeshOsSdk *started = NULL;
    int status = net_meshos_sdk_start(0, 0, 0, 0, 0, &started);
    net_meshos_sdk_free(started);
    return status;
}

static int ext_sdk_start(void) {
    NetMeshOsSdk *started = NULL;
    int status = net_meshos_ext_sdk_start("{}", 2, &started);
    net_meshos_sdk_free(started);
    return status;
}

static int sdk_shutdown(void) { return net_meshos_sdk_shutdown(sdk); }

static int sdk_free(void) {
    net_meshos_sdk_free(sdk);
    return GOT_NOTHING;
}

static int register_daemon(void) {
    NetMeshOsHandle *registered = NULL;
    int status = net_meshos_register_daemon_with_vtable(sdk, "x", 1, fresh_seed(), &vtable, NULL, &registered);
    net_meshos_handle_free(registered);
    return status;
}

static int handle_free(void) {
    net_meshos_handle_free(handle);
    return GOT_NOTHING;
}

static int publish_log(void) { return net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "line", 4); }
static int daemon_done(void) { return net_meshos_ext_daemon_done(handle); }
static int graceful_shutdown(void) { return net_meshos_graceful_shutdown(handle, 1); }
static int metadata(void) { return text(net_meshos_metadata(handle)); }
static int capabilities(void) { return net_meshos_publish_capabilities(handle, "[]", 2); }
static int deliver(void) { return net_meshos_ext_deliver(sdk, id, &event, NULL, NULL); }
static int post(void) { return net_meshos_ext_post(sdk, id, &event, 1, NULL); }
static int flush(void) { return net_meshos_ext_flush(sdk, id, 0); }
static int set_output(void) { return net_meshos_ext_set_output(sdk, NULL, NULL); }
static int subscribe(void) { return net_meshos_ext_subscribe(sdk, id, id); }

static int take_snapshot(void) {
    uint8_t *state = NULL;
    size_t length = 0;
    int status = net_meshos_ext_snapshot(sdk, id, &state, &length);
    net_meshos_ext_free_bytes(state, length);
    return status;
}

static int give_back(void) { return net_meshos_ext_restore(sdk, id, (const uint8_t *)"state", 5); }
static int enter_maintenance(void) { return net_meshos_ext_enter_maintenance(sdk, 1); }
static int exit_maintenance(void) { return net_meshos_ext_exit_maintenance(sdk); }
static int stop_daemon(void) { return net_meshos_ext_stop_daemon(sdk, id, 1); }
static int restart_daemon(void) { return net_meshos_ext_restart_daemon(sdk, id); }
static int on_log(void) { return net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_INFO, NULL, NULL); }
static int logs_json(void) { return text(net_meshos_ext_logs_json(sdk, 0, 10)); }
static int runtime_json(void) { return text(net_meshos_ext_runtime_json(sdk)); }

static void *cross_first(void *unused) {
    CHECK(net_meshos_ext_flush(sdk, id, 0) == 0);
    return unused;
}

/* A thread that has never made a call. */
static int new_thread(void) {
    pthread_t thread;
    if (CHECK(pthread_create(&thread, NULL, cross_first, NULL) == 0))
        CHECK(pthread_join(thread, NULL) == 0);
    return GOT_NOTHING;
}

static const struct call {
    const char *export;
    int (*make)(void);
    int panics; /* what it returns then */
} calls[] = {
    {"goPrepareThread", new_thread, GOT_NOTHING},
    {"goSdkStart", sdk_start, -2},
    {"goExtSdkStart", ext_sdk_start, -2},
    {"goSdkShutdown", sdk_shutdown, -2},
    {"goSdkFree", sdk_free, GOT_NOTHING},
    {"goRegister", register_daemon, -2},
    {"goHandleFree", handle_free, GOT_NOTHING},
    {"goPublishLog", publish_log, -2},
    {"goDaemonDone", daemon_done, -2},
    {"goGracefulShutdown", graceful_shutdown, -2},
    {"goMetadata", metadata, GOT_NULL},
    {"goPublishCapabilities", capabilities, -2},
    {"goDeliver", deliver, -2},
    {"goPost", post, -2},
    {"goFlush", flush, -2},
    {"goSetOutput", set_output, -2},
    {"goSubscribe", subscribe, -2},
    {"goSnapshot", take_snapshot, -2},
    {"goRestore", give_back, -2},
    {"goEnterMaintenance", enter_maintenance, -2},
    {"goExitMaintenance", exit_maintenance, -2},
    {"goStopDaemon", stop_daemon, -2},
    {"goRestartDaemon", restart_daemon, -2},
    {"goOnLog", on_log, -2},
    {"goLogsJSON", logs_json, GOT_NULL},
    {"goRuntimeJSON", runtime_json, GOT_NULL},
};

enum { CALLS = sizeof calls / sizeof *calls };

/* Every export of capi/. */
static const char *const exports[] = {
#define EXPORT(name) #name,
#include "exports.inc"
#undef EXPORT
};

enum { EXPORTS = sizeof exports / sizeof *exports };

static void check_that_none_is_missing(void) {
    for (size_t i = 0; i < EXPORTS; i++) {
        bool found = false;
        for (size_t c = 0; c < CALLS; c++)
            found = found || strcmp(calls[c].export, exports[i]) == 0;
        if (!found) {
            failed++;
            fprintf(report, "no call for the export %s\n", exports[i]);
        }
    }
    with = "at all";
    CHECK((int)CALLS == (int)EXPORTS);
}

/* ---- What comes of a panic ---- */

static bool kind_is(const char *kind) {
    const char *last = net_meshos_last_error_kind();
    return last && strcmp(last, kind) == 0;
}

static void make_panic(const struct call *c) {
    net_meshos_sdk_start(0, 0, 0, 0, 0, NULL);
    const char *before = net_meshos_last_error_message();
    char words[512];
    snprintf(words, sizeof words, "%s", before);
    setenv("MESHOS_PANIC_IN", c->export, 1);
    int result = c->make();
    unsetenv("MESHOS_PANIC_IN");
    CHECK(result == c->panics);
    const char *message = net_meshos_last_error_message();
    if (c->panics == GOT_NOTHING) {
        CHECK(kind_is("invalid_argument"));
        CHECK(message == before && strcmp(message, words) == 0);
    } else {
        CHECK(kind_is("runtime_panic"));
        CHECK(message && strstr(message, "defect"));
        CHECK(message && strstr(message, strcmp(with, "fault") == 0 ? "nil pointer" : "as asked"));
    }
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
    CHECK(deliver() == 0 && post() == 0 && flush() == 0 && take_snapshot() == 0 && publish_log() == 0);
    CHECK(register_daemon() == 0 && metadata() == GOT_TEXT && runtime_json() == GOT_TEXT);
}

static void try_call(const struct call *c) {
    export = c->export;
    begin();
    make_panic(c);
    check_next_error();
    /* What was to be shut down or freed is not there any more, or runs on. */
    bool ends = strstr(c->export, "Shutdown") || strstr(c->export, "Free");
    if (!ends) {
        check_that_it_works();
        int again = c->make();
        CHECK(again == (c->panics == GOT_NULL ? GOT_TEXT : 0) || !kind_is("runtime_panic"));
    }
    end();
    begin();
    check_that_it_works();
    end();
}

/* handle_free wakes who waits on the handle, come what may. */
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
    export = "goHandleFree, while a thread waits";
    begin();
    if (!CHECK(pthread_create(&thread, NULL, wait_for_control, handle) == 0))
        return;
    while (!is_asleep())
        sched_yield();
    setenv("MESHOS_PANIC_IN", "goHandleFree", 1);
    net_meshos_handle_free(handle);
    unsetenv("MESHOS_PANIC_IN");
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
    export = "all";
    check_that_none_is_missing();
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &bystander) == 0);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        with = ways[w];
        setenv("MESHOS_PANIC_WITH", with, 1);
        for (size_t i = 0; i < CALLS; i++)
            try_call(&calls[i]);
        try_waiting();
    }
    export = "all";
    net_meshos_sdk_free(bystander);
    CHECK(fstat(fileno(diverted), &printed) == 0 && printed.st_size == 0);
    fprintf(report, "%u passed, %u failed\n", passed, failed);
    fflush(report);
    return failed > 0;
}
