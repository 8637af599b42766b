#define _GNU_SOURCE
#include "guest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct test *const lists[] = {start_tests,     environment_tests, signal_tests, handler_tests,
                                           stack_tests,     beside_tests,      interrupt_tests,   limit_tests,  memory_tests,
                                           pointer_tests,   seed_tests,        end_tests};

static void failed(const char *file, int line, const char *words) {
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, words);
    exit(1);
}

void need(bool holds, const char *file, int line, const char *words) {
    if (!holds)
        failed(file, line, words);
}

void need_status(int status, int want, const char *kind, const char *file, int line, const char *words) {
    const char *last = net_meshos_last_error_kind();
    if (status == want && (kind ? last && strcmp(last, kind) == 0 : true))
        return;
    fprintf(stderr, "status %d, kind %s: %s\n", status, last ? last : "none",
            last ? net_meshos_last_error_message() : "");
    failed(file, line, words);
}

void skip(const char *why) {
    puts(why);
    exit(77);
}

static unsigned entries(const char *folder) {
    unsigned n = 0;
    DIR *d = opendir(folder);
    NEED(d != NULL);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2; /* . and .. */
}

unsigned threads(void) { return entries("/proc/self/task"); }
unsigned descriptors(void) { return entries("/proc/self/fd") - 1; }

uint64_t status_of(int thread, const char *field, int base) {
    char path[64], line[256];
    uint64_t value = 0;
    snprintf(path, sizeof path, thread ? "/proc/self/task/%d/status" : "/proc/self/status", thread);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0; /* it has just ended */
    while (fgets(line, sizeof line, f))
        if (strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':')
            value = strtoull(line + strlen(field) + 1, NULL, base);
    fclose(f);
    return value;
}

int thread_ids(int *ids, int most) {
    int n = 0;
    DIR *d = opendir("/proc/self/task");
    NEED(d != NULL);
    for (struct dirent *e; (e = readdir(d)) && n < most;)
        if (atoi(e->d_name) > 0)
            ids[n++] = atoi(e->d_name);
    closedir(d);
    return n;
}

void in_child(void (*function)(void)) {
    fflush(stdout);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        alarm(300);
        function();
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        ;
    if (status != 0)
        fprintf(stderr, "the child ended with %#x\n", (unsigned)status);
    NEED(status == 0);
}

uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void await(bool (*is_so)(void), const char *words) {
    for (uint64_t end = now_ms() + 60000; !is_so();) {
        if (now_ms() > end)
            failed("await", 0, words);
        const struct timespec t = {.tv_nsec = 1000000};
        nanosleep(&t, NULL);
    }
}

NetMeshOsSdk *start(void) {
    NetMeshOsSdk *sdk = NULL;
    OK(net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk));
    return sdk;
}

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
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

NetMeshOsHandle *daemon_with(NetMeshOsSdk *sdk, uint64_t number, const NetMeshOsDaemonVtable *vtable, void *ctx) {
    uint8_t seed[32] = {9};
    memcpy(seed + 1, &number, sizeof number);
    NetMeshOsHandle *handle = NULL;
    OK(net_meshos_register_daemon_with_vtable(sdk, "guest", 5, seed, vtable, ctx, &handle));
    return handle;
}

NetMeshOsHandle *echo(NetMeshOsSdk *sdk, uint64_t number) {
    static const NetMeshOsDaemonVtable vtable = {.process = process, .snapshot = snapshot, .restore = restore};
    return daemon_with(sdk, number, &vtable, NULL);
}

static const NetMeshOsEvent event = {1, 2, (const uint8_t *)"hello", 5};

int deliver(NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    return net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(handle), &event, NULL, NULL);
}

int post(NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    return net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(handle), &event, 1, NULL);
}

static void text(char *s) {
    NEED(s != NULL);
    net_meshos_free_string(s);
}

void all_calls(NetMeshOsSdk *sdk, uint64_t number) {
    NetMeshOsHandle *handle = echo(sdk, number);
    uint64_t id = net_meshos_handle_daemon_id(handle);
    NetMeshOsDaemonControl control;
    uint8_t *state = NULL;
    size_t length = 0;
    OK(deliver(sdk, handle));
    OK(post(sdk, handle));
    OK(net_meshos_ext_flush(sdk, id, 0));
    OK(net_meshos_ext_snapshot(sdk, id, &state, &length));
    NEED(length == 5);
    OK(net_meshos_ext_restore(sdk, id, state, length));
    net_meshos_ext_free_bytes(state, length);
    OK(net_meshos_try_next_control(handle, &control));
    OK(net_meshos_next_control(handle, 1, &control));
    text(net_meshos_metadata(handle));
    text(net_meshos_refresh_metadata(handle));
    text(net_meshos_ext_logs_json(sdk, 0, 5));
    text(net_meshos_ext_runtime_json(sdk));
    OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    /* It may be over before the callbacks of a machine that is busy. */
    if (net_meshos_graceful_shutdown(handle, 1) != 0)
        NEED(strcmp(net_meshos_last_error_kind(), "shutdown_failed") == 0);
    net_meshos_handle_free(handle);
}

int main(int argc, char **argv) {
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (const struct test *t = lists[l]; t->name; t++) {
            if (argc == 2 && strcmp(argv[1], "list") == 0)
                puts(t->name);
            if (argc == 2 && strcmp(argv[1], t->name) == 0) {
                t->run();
                return 0;
            }
        }
    return argc == 2 && strcmp(argv[1], "list") == 0 ? 0 : 2;
}
