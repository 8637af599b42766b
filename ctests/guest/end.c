/* What no library built with Go can survive ends as the README says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static int last_words(void (*function)(void), int *status) {
    int ends[2];
    NEED(pipe(ends) == 0);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        alarm(60);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        function();
        _exit(0);
    }
    close(ends[1]);
    int n = 0;
    char buffer[4096];
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        n += (int)got;
    close(ends[0]);
    NEED(waitpid(child, status, 0) == child);
    return n;
}

/* Posts without end to a daemon that is held, where memory has one. */
static int never(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                 size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    pause();
    return 0;
}

static void exhaust_the_heap(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = never};
    static uint8_t payload[1 << 20];
    NetMeshOsSdk *sdk = NULL;
    static const char config[] = "{\"inbox_capacity\":1000000}";
    OK(net_meshos_ext_sdk_start(config, sizeof config - 1, &sdk));
    NetMeshOsHandle *handle = daemon_with(sdk, 1, &vtable, NULL);
    struct rlimit few;
    few.rlim_cur = few.rlim_max = status_of(0, "VmSize", 10) * 1024 + ((rlim_t)200 << 20);
    NEED(setrlimit(RLIMIT_AS, &few) == 0);
    const NetMeshOsEvent event = {1, 1, payload, sizeof payload};
    for (int i = 0; i < 5000; i++)
        net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(handle), &event, 1, NULL);
}

static void gos_heap_exhausted_ends_the_process(void) {
    int status;
    int words = last_words(exhaust_the_heap, &status);
    NEED(status != 0);
    NEED(words > 0); /* of Go's, which say why */
}

/* Go waits for timers with its descriptors, but does not need them for that. */
static void close_all(void) {
    NetMeshOsSdk *sdk = start();
    all_calls(sdk, 1);
    closefrom(3);
    for (uint64_t i = 2; i < 50; i++)
        all_calls(sdk, i);
    net_meshos_sdk_shutdown(sdk);
}

static void its_descriptors_closed_end_it_or_not(void) {
    int status;
    last_words(close_all, &status);
    NEED(status == 0 || WIFSIGNALED(status) || WEXITSTATUS(status) == 2); /* but no hang */
    printf("status %#x\n", (unsigned)status);
}

const struct test end_tests[] = {
    {"end: Go's heap exhausted ends the process", gos_heap_exhausted_ends_the_process},
    {"end: its descriptors closed end it, or not", its_descriptors_closed_end_it_or_not},
    {NULL, NULL},
};
