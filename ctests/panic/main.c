/* Makes every call of the library while Go panics in it, and looks at what comes
 * of that: runtime_panic, and nothing else. See run.sh. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "check.h"
#include "every_call.h"
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

static bool has_panicked[LENGTH(exports)];

/* Notes the exports that have panicked since the last time. False: none has. */
static bool note_panic(void) {
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

static void check_that_each_has_panicked(void) {
    for (size_t i = 0; i < LENGTH(exports); i++) {
        if (!has_panicked[i])
            FAIL("no call has crossed into the export %s", exports[i]);
        has_panicked[i] = false;
    }
}

/* ---- What comes of a panic ---- */

static const char *with; /* how Go panics */

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
    check_row("%s, %s", c->name, with);
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

/* A thread is prepared at its first call, in an export that no call has as its own. */
static void *call_first(void *unused) {
    setenv("MESHOS_PANIC_WITH", with, 1);
    NetMeshOsSdk *started = NULL;
    CHECK(net_meshos_ext_sdk_start("{", 1, &started) == -2); /* panics, too, where it crosses */
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(kind_is("runtime_panic"));
    return unused;
}

static void try_new_thread(void) {
    pthread_t thread;
    if (CHECK(pthread_create(&thread, NULL, call_first, NULL) == 0))
        CHECK(pthread_join(thread, NULL) == 0);
    CHECK(note_panic());
}

/* handle_free wakes the threads that wait on the handle, even if Go panics. */
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
    setenv("MESHOS_PANIC_WITH", with, 1);
    net_meshos_handle_free(handle);
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(note_panic());
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(waiting.status == 0 || waiting.status == -1);
    end();
}

/* Of many delivers to an idle daemon one is timed exactly, which ends in Go. */
static void try_returned(void) {
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
static void try_wanted(void) {
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
static void try_wanted_in_vain(void) {
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
static void try_mark_passed(void) {
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
    CHECK(net_meshos_sdk_start(0, 0, 0, 0, 0, &bystander) == 0);
    for (size_t w = 0; w < LENGTH(ways); w++) {
        with = ways[w];
        for (const struct every_call *c = every_calls; c->name; c++)
            try_call(c);
        check_row("the first call of a thread, %s", with);
        try_new_thread();
        check_row("a deliver that ends in Go, %s", with);
        try_returned();
        check_row("a deliver whose token Go wants, %s", with);
        try_wanted();
        try_wanted_in_vain();
        check_row("a post that passes the mark, %s", with);
        try_mark_passed();
        check_row("all, %s", with);
        check_that_each_has_panicked();
        check_row("net_meshos_handle_free, %s, while a thread waits", with);
        try_waiting();
    }
    check_row(NULL);
    net_meshos_sdk_free(bystander);
    struct stat printed;
    CHECK(fstat(STDOUT_FILENO, &printed) == 0 && printed.st_size == 0);
    dprintf(shown, "%lu passed, %u failed\n", check_passed(), report_failures());
    return report_has_failed();
}
