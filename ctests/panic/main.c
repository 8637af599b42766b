/* Makes every call of the library while Go panics in it, and looks at what comes
 * of that: runtime_panic, and nothing else. See run.sh. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net_meshos_ext.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "check.h"
#include "lib.h"
#include "report.h"
#include "seed.h"
#include "sync.h"

enum { TIME_LIMIT_S = 120 };

static unsigned seeds;

static const uint8_t *fresh_seed(void) {
    return seed(++seeds);
}

/* ---- A node ---- */

static NetMeshOsSdk *sdk, *bystander;
static NetMeshOsHandle *handle;
static uint64_t id;
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

static const struct call {
    const char *export;
    int (*make)(void);
    int panics; /* what it returns then */
} calls[] = {
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

/* Every export of capi/. */
static const char *const exports[] = {
#define EXPORT(name) #name,
#include "exports.inc"
#undef EXPORT
};

static void check_that_none_is_missing(void) {
    for (size_t i = 0; i < LENGTH(exports); i++) {
        bool found = false;
        for (size_t c = 0; c < LENGTH(calls); c++)
            found = found || strcmp(calls[c].export, exports[i]) == 0;
        if (!found)
            FAIL("no call for the export %s", exports[i]);
    }
    CHECK((int)LENGTH(calls) == (int)LENGTH(exports));
}

/* ---- What comes of a panic ---- */

static bool by_fault(void) {
    return strcmp(getenv("MESHOS_PANIC_WITH"), "fault") == 0;
}

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
        CHECK(message && strstr(message, by_fault() ? "nil pointer" : "as asked"));
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

/* A thread that waits on a handle is woken by handle_free, come what may. */
struct waiting {
    blocking in_call;
    int status;
};

static void *wait_for_control(void *argument) {
    struct waiting *w = argument;
    NetMeshOsDaemonControl control;
    blocking_enter(&w->in_call);
    w->status = net_meshos_next_control(handle, 0, &control);
    return NULL;
}

static void try_waiting(void) {
    struct waiting waiting = {.status = 1};
    pthread_t thread;
    begin();
    if (!CHECK(pthread_create(&thread, NULL, wait_for_control, &waiting) == 0))
        return;
    blocking_need(&waiting.in_call);
    setenv("MESHOS_PANIC_IN", "goHandleFree", 1);
    net_meshos_handle_free(handle);
    unsetenv("MESHOS_PANIC_IN");
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(waiting.status == 0 || waiting.status == -1);
    end();
}

/* Standard output and standard error go to a file, where it can be seen that nothing came; reports go on to where
 * standard output was. */
static int divert(const char *path) {
    int printed = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), shown = dup(STDOUT_FILENO);
    if (printed < 0 || shown < 0)
        exit(2);
    report_as_text(shown);
    dup2(printed, STDOUT_FILENO);
    dup2(printed, STDERR_FILENO);
    return shown;
}

int main(int argc, char **argv) {
    static const char *const ways[] = {"words", "error", "fault"};
    if (argc != 3) {
        fputs("usage: panic LIBRARY FILE\n", stderr);
        return 2;
    }
    alarm(TIME_LIMIT_S);
    sync_begin(TIME_LIMIT_S * 1000);
    const char *why_not = lib_open(argv[1]);
    if (why_not) {
        fprintf(stderr, "%s\n", why_not);
        return 2;
    }
    int shown = divert(argv[2]);
    check_that_none_is_missing();
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &bystander) == 0);
    for (size_t w = 0; w < LENGTH(ways); w++) {
        setenv("MESHOS_PANIC_WITH", ways[w], 1);
        for (size_t i = 0; i < LENGTH(calls); i++) {
            check_row("%s, %s", calls[i].export, ways[w]);
            try_call(&calls[i]);
        }
        check_row("goHandleFree, %s, while a thread waits", ways[w]);
        try_waiting();
    }
    check_row(NULL);
    net_meshos_sdk_free(bystander);
    struct stat printed;
    CHECK(fstat(STDOUT_FILENO, &printed) == 0 && printed.st_size == 0);
    dprintf(shown, "%lu passed, %u failed\n", check_passed(), report_failures());
    return report_has_failed();
}
