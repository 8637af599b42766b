/* Calls from a stack beside the thread's own, as coroutines and FFI packages make them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "guest.h"

static unsigned long reads(void) {
    unsigned long count = 0;
    char line[64];
    FILE *io = fopen("/proc/self/io", "r");
    if (!io)
        skip("there is no /proc/self/io");
    while (fgets(line, sizeof line, io))
        if (sscanf(line, "syscr: %lu", &count) == 1)
            break;
    fclose(io);
    return count;
}

enum { MANY = 2000, STACK = 256 << 10 };
static NetMeshOsSdk *sdk;
static ucontext_t caller, beside;
static NetMeshOsHandle *posted_to;
static unsigned long reads_of_calls;

static void many_calls(void) {
    const NetMeshOsEvent event = {1, 1, NULL, 0};
    uint64_t id = net_meshos_handle_daemon_id(posted_to);
    unsigned long before = 0;
    for (int i = 0; i < MANY + 100; i++) {
        if (i == 100)
            before = reads();
        OK(net_meshos_ext_post(sdk, id, &event, 1, NULL));
        char *text = net_meshos_ext_daemon_json(sdk, id); /* always goes into Go */
        NEED(text != NULL);
        net_meshos_free_string(text);
        OK(net_meshos_ext_flush(sdk, id, 0));
    }
    reads_of_calls = reads() - before;
}

static void *call_beside(void *unused) {
    NEED(getcontext(&beside) == 0);
    beside.uc_stack.ss_size = STACK;
    beside.uc_stack.ss_sp = malloc(STACK);
    NEED(beside.uc_stack.ss_sp != NULL);
    beside.uc_link = &caller;
    makecontext(&beside, many_calls, 0);
    NEED(swapcontext(&caller, &beside) == 0);
    free(beside.uc_stack.ss_sp);
    printf("%lu reads for %d calls\n", reads_of_calls, 3 * MANY);
    NEED(reads_of_calls < MANY / 10);
    return unused;
}

/* The library doesn't look each time where the thread's stack is: on the main thread that is to read a file. */
static void it_is_not_looked_for_each_time(void) {
    sdk = start();
    posted_to = echo(sdk, 1);
    call_beside(NULL);
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, call_beside, NULL) == 0);
    NEED(pthread_join(thread, NULL) == 0);
    many_calls();
    call_beside(NULL);
    net_meshos_handle_free(posted_to);
}

const struct test beside_tests[] = {
    {"stacks: one beside the thread's is not looked for each time", it_is_not_looked_for_each_time},
    {NULL, NULL},
};
