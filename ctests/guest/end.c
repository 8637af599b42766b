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
        alarm(300);
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

/* The host's own faults, where it has no handler for them, and bad memory that it passes. */
static void *const nowhere = (void *)0x10000;

typedef int process(void *, NetMeshOsProcessEmitCtx *, uint64_t, uint64_t, const uint8_t *, size_t);

static int fault(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                 size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return *(volatile int *)nowhere;
}

static int divide(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                  size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    raise(SIGFPE);
    return 0;
}

static NetMeshOsSdk *with(process *callback, NetMeshOsHandle **handle) {
    static NetMeshOsDaemonVtable vtable;
    vtable.process = callback;
    NetMeshOsSdk *sdk = start();
    *handle = daemon_with(sdk, 1, &vtable, NULL);
    return sdk;
}

static void fault_in_deliver(void) {
    NetMeshOsHandle *handle;
    NetMeshOsSdk *sdk = with(fault, &handle);
    deliver(sdk, handle);
}

static void fault_in_post(void) {
    NetMeshOsHandle *handle;
    NetMeshOsSdk *sdk = with(fault, &handle);
    post(sdk, handle);
    net_meshos_ext_flush(sdk, 0, 0);
}

static void raise_in_post(void) {
    NetMeshOsHandle *handle;
    NetMeshOsSdk *sdk = with(divide, &handle);
    post(sdk, handle);
    net_meshos_ext_flush(sdk, 0, 0);
}

static void pass_bad_memory(void) {
    NetMeshOsHandle *handle;
    NetMeshOsSdk *sdk = with(fault, &handle);
    const NetMeshOsEvent event = {1, 1, nowhere, 32};
    net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(handle), &event, 1, NULL);
}

static void kill_itself(void) {
    NetMeshOsHandle *handle;
    with(fault, &handle);
    kill(getpid(), SIGBUS);
    pause();
}

static void a_fault_of_the_host_ends_it_as_without_us(void) {
    static const struct {
        void (*function)(void);
        int signal;
    } cases[] = {{fault_in_deliver, SIGSEGV}, {fault_in_post, SIGSEGV}, {raise_in_post, SIGFPE},
                 {pass_bad_memory, SIGSEGV},  {kill_itself, SIGBUS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status;
        int words = last_words(cases[i].function, &status);
        printf("case %zu: status %#x, %d bytes of words\n", i, (unsigned)status, words);
        NEED(WIFSIGNALED(status) && WTERMSIG(status) == cases[i].signal);
        NEED(words == 0);
    }
}

static void told(int signal, siginfo_t *info, void *context) {
    (void)context;
    _exit(signal == SIGSEGV && info->si_addr == nowhere ? 0 : 1);
}

static void pass_bad_memory_with_a_handler(void) {
    const struct sigaction action = {.sa_sigaction = told, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    pass_bad_memory();
    _exit(3);
}

static void bad_memory_reaches_the_hosts_handler(void) {
    in_child(pass_bad_memory_with_a_handler);
}

const struct test end_tests[] = {
    {"end: a fault of the host's ends it as without us", a_fault_of_the_host_ends_it_as_without_us},
    {"end: bad memory reaches the host's handler", bad_memory_reaches_the_hosts_handler},
    {"end: Go's heap exhausted ends the process", gos_heap_exhausted_ends_the_process},
    {"end: its descriptors closed end it, or not", its_descriptors_closed_end_it_or_not},
    {NULL, NULL},
};
