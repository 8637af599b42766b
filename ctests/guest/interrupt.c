/* Calls from signal handlers. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest.h"

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *handle;
static atomic_ulong worked, refused, other;

static void count(int status) {
    const char *kind = net_meshos_last_error_kind();
    if (status == 0)
        atomic_fetch_add(&worked, 1);
    else if (status == -2 && kind && strcmp(kind, "invalid_state") == 0)
        atomic_fetch_add(&refused, 1);
    else
        atomic_fetch_add(&other, 1);
}

/* The calls that take a lock or cross; none that has the host's malloc in it. */
static void call_from_handler(int signal) {
    static atomic_uint turn;
    NetMeshOsDaemonControl control;
    (void)signal;
    switch (atomic_fetch_add(&turn, 1) % 3) {
        case 0: count(deliver(sdk, handle)); break;
        case 1: count(net_meshos_try_next_control(handle, &control)); break;
        default: count(net_meshos_ext_flush(sdk, 0, 1) == -2 ? -2 : 0); break;
    }
}

static void tick(int flags, void (*function)(int)) {
    struct sigaction action = {.sa_handler = function, .sa_flags = flags | SA_RESTART};
    NEED(sigaction(SIGALRM, &action, NULL) == 0);
    const struct itimerval often = {{0, 200}, {0, 200}};
    NEED(setitimer(ITIMER_REAL, &often, NULL) == 0);
}

static void stop_ticking(void) {
    const struct itimerval never = {{0, 0}, {0, 0}};
    NEED(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

static bool both(void) { return atomic_load(&refused) >= 20; }

static void from_a_handler(int flags) {
    sdk = start();
    handle = echo(sdk, 1);
    OK(deliver(sdk, handle));
    tick(flags, call_from_handler);
    for (uint64_t end = now_ms() + 60000; !both() && now_ms() < end;) {
        deliver(sdk, handle);
        post(sdk, handle);
    }
    stop_ticking();
    NEED(both());
    NEED(atomic_load(&other) == 0);
    OK(net_meshos_ext_flush(sdk, 0, 0));
    all_calls(sdk, 2);
}

static void plain_handlers_are_refused(void) { from_a_handler(0); }
static void others_are_refused(void) { from_a_handler(SA_ONSTACK); }

/* A thread that is in no call may make them from a handler. */
static void handlers_elsewhere_may(int flags) {
    sdk = start();
    handle = echo(sdk, 1);
    OK(deliver(sdk, handle));
    tick(flags, call_from_handler);
    for (uint64_t end = now_ms() + 60000; atomic_load(&worked) < 200 && now_ms() < end;)
        pause();
    stop_ticking();
    NEED(atomic_load(&worked) >= 200);
    NEED(atomic_load(&refused) == 0 && atomic_load(&other) == 0);
}

static void plain_handlers_elsewhere_may(void) { handlers_elsewhere_may(0); }
static void others_elsewhere_may(void) { handlers_elsewhere_may(SA_ONSTACK); }

/* In next_control a thread is in a call, also while it waits. */
static void wake_up(int signal) {
    (void)signal;
    count(deliver(sdk, handle));
}

static void a_waiting_thread_is_in_a_call(void) {
    sdk = start();
    handle = echo(sdk, 1);
    OK(deliver(sdk, handle));
    tick(0, wake_up);
    NetMeshOsDaemonControl control;
    for (uint64_t end = now_ms() + 60000; !both() && now_ms() < end;)
        OK(net_meshos_next_control(handle, 5, &control));
    stop_ticking();
    NEED(both());
}

/* In a callback it is not: that may make calls, and so may what interrupts it. */
static NetMeshOsHandle *inner;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    raise(SIGUSR1);
    return deliver(sdk, inner);
}

static void call_inner(int signal) {
    (void)signal;
    count(deliver(sdk, inner));
}

static void handlers_in_a_callback_may(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = process};
    sdk = start();
    inner = echo(sdk, 1);
    handle = daemon_with(sdk, 2, &vtable, NULL);
    for (int i = 0; i < 2; i++) {
        struct sigaction action = {.sa_handler = call_inner, .sa_flags = i ? SA_ONSTACK : 0};
        NEED(sigaction(SIGUSR1, &action, NULL) == 0);
        for (int n = 0; n < 100; n++)
            OK(deliver(sdk, handle));
    }
    NEED(atomic_load(&worked) == 200 && atomic_load(&refused) == 0);
}

/* Calls that return nothing do nothing then, and the handle stays. */
static atomic_ulong silent;

static void free_from_handler(int signal) {
    (void)signal;
    net_meshos_clear_last_error();
    net_meshos_handle_free(inner);
    net_meshos_sdk_free(sdk);
    net_meshos_free_string((char *)4711);
    const char *kind = net_meshos_last_error_kind();
    atomic_fetch_add(&silent, kind && strcmp(kind, "invalid_state") == 0);
}

static pthread_t waiter;

static void *interrupt_the_wait(void *unused) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    for (uint64_t end = now_ms() + 60000; state != 'S' && now_ms() < end;) {
        FILE *f = fopen(path, "re");
        NEED(f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1);
        fclose(f);
    }
    pthread_kill(waiter, SIGUSR1);
    for (uint64_t end = now_ms() + 60000; atomic_load(&silent) == 0 && now_ms() < end;)
        usleep(1000);
    net_meshos_handle_free(handle); /* ends the wait */
    return unused;
}

static void calls_without_a_status_do_nothing(void) {
    sdk = start();
    handle = echo(sdk, 1);
    inner = echo(sdk, 2);
    struct sigaction action = {.sa_handler = free_from_handler};
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    waiter = pthread_self();
    pthread_t other_thread;
    NetMeshOsDaemonControl control;
    NEED(pthread_create(&other_thread, NULL, interrupt_the_wait, NULL) == 0);
    OK(net_meshos_next_control(handle, 0, &control)); /* nothing else makes this thread sleep */
    NEED(pthread_join(other_thread, NULL) == 0);
    NEED(atomic_load(&silent) == 1);
    OK(deliver(sdk, inner));
    all_calls(sdk, 3);
}

const struct test interrupt_tests[] = {
    {"interrupt: plain handlers in a call are refused", plain_handlers_are_refused},
    {"interrupt: those on the alternate stack are, too", others_are_refused},
    {"interrupt: plain handlers elsewhere may", plain_handlers_elsewhere_may},
    {"interrupt: those on the alternate stack may, too", others_elsewhere_may},
    {"interrupt: a waiting thread is in a call", a_waiting_thread_is_in_a_call},
    {"interrupt: handlers in a callback may", handlers_in_a_callback_may},
    {"interrupt: calls without a status do nothing", calls_without_a_status_do_nothing},
    {NULL, NULL},
};
