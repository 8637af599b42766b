/* Handlers of the host interrupt calls wherever they please, and get what the host itself has done wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

enum { CALLERS = 8, SECONDS = 2 };

static atomic_ulong runs;
static size_t stack_use;

/* Writes to so much of the stack that it is on. */
__attribute__((noinline)) static void use_stack(size_t size) {
    volatile char *bytes = __builtin_alloca(size);
    for (size_t i = 0; i < size; i += 64)
        bytes[i] = (char)0xA5;
}

static void handler(int signal) {
    (void)signal;
    int before = errno;
    use_stack(stack_use);
    atomic_fetch_add(&runs, 1);
    errno = before;
}

/* One within another. */
static void interrupt_each_other(int signal) {
    static const int after[] = {[SIGUSR1] = SIGUSR2, [SIGUSR2] = SIGALRM, [SIGALRM] = SIGPROF, [SIGPROF] = SIGURG};
    volatile char bytes[256 << 10];
    for (size_t i = 0; i < sizeof bytes; i += 64)
        bytes[i] = (char)signal;
    if (signal != SIGURG)
        raise(after[signal]);
    for (size_t i = 0; i < sizeof bytes; i += 64)
        NEED(bytes[i] == (char)signal);
    atomic_fetch_add(&runs, 1);
}

static void five_within_another(void) {
    const int kinds[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGPROF, SIGURG};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct sigaction action = {.sa_handler = interrupt_each_other, .sa_flags = SA_ONSTACK};
        NEED(sigaction(kinds[i], &action, NULL) == 0);
    }
    NetMeshOsSdk *own = start();
    raise(SIGUSR1);
    NEED(atomic_load(&runs) == 5);
    all_calls(own, 1);
}

static void install(int flags) {
    const int kinds[] = {SIGALRM, SIGPROF, SIGUSR1, SIGURG, SIGRTMIN};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct sigaction action = {.sa_handler = handler, .sa_flags = flags | SA_RESTART};
        NEED(sigaction(kinds[i], &action, NULL) == 0);
    }
}

static atomic_bool over;
static atomic_ulong numbers;
static NetMeshOsSdk *sdk;
static pthread_t callers[CALLERS];

static void *call(void *unused) {
    while (!atomic_load(&over))
        all_calls(sdk, atomic_fetch_add(&numbers, 1));
    return unused;
}

static void *kill_often(void *unused) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    const int kinds[] = {SIGUSR1, SIGURG, SIGRTMIN};
    const struct timespec pause = {.tv_nsec = 100000}; /* 10 kHz */
    for (unsigned i = 0; !atomic_load(&over); i++) {
        int kind = kinds[i % 3];
        if (i % 2)
            kill(getpid(), kind);
        else
            pthread_kill(callers[i / 2 % CALLERS], kind);
        nanosleep(&pause, NULL);
    }
    return unused;
}

static void storm(int flags, size_t size, bool before) {
    alarm(0);
    stack_use = size;
    if (before)
        install(flags);
    sdk = start();
    if (!before)
        install(flags);
    pthread_t killer;
    for (int i = 0; i < CALLERS; i++)
        NEED(pthread_create(&callers[i], NULL, call, NULL) == 0);
    NEED(pthread_create(&killer, NULL, kill_often, NULL) == 0);
    const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    NEED(setitimer(ITIMER_REAL, &often, NULL) == 0);
    NEED(setitimer(ITIMER_PROF, &often, NULL) == 0);
    uint64_t began = now_ms();
    while (now_ms() < began + SECONDS * 1000 || (atomic_load(&runs) <= 100 && now_ms() < began + 60000))
        all_calls(sdk, atomic_fetch_add(&numbers, 1));
    NEED(setitimer(ITIMER_REAL, &never, NULL) == 0);
    NEED(setitimer(ITIMER_PROF, &never, NULL) == 0);
    atomic_store(&over, true);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(callers[i], NULL);
    pthread_join(killer, NULL);
    NEED(atomic_load(&runs) > 100);
    all_calls(sdk, atomic_fetch_add(&numbers, 1));
    OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

/* A short life with a timer of its own, which also strikes in the first call and at
 * the end. */
static void *live_shortly(void *unused) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    event._sigev_un._tid = gettid();
    timer_t timer;
    NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    const struct itimerspec often = {{0, 30000}, {0, 1}};
    NEED(timer_settime(timer, 0, &often, NULL) == 0);
    all_calls(sdk, atomic_fetch_add(&numbers, 1));
    NEED(timer_delete(timer) == 0);
    return unused;
}

static void *live_again_and_again(void *unused) {
    while (!atomic_load(&over)) {
        pthread_t thread;
        NEED(pthread_create(&thread, NULL, live_shortly, NULL) == 0);
        NEED(pthread_join(thread, NULL) == 0);
    }
    return unused;
}

static void short_lives(int flags, size_t size) {
    enum { AT_ONCE = 4 };
    pthread_t thread[AT_ONCE];
    stack_use = size;
    install(flags);
    sdk = start();
    for (int i = 0; i < AT_ONCE; i++)
        NEED(pthread_create(&thread[i], NULL, live_again_and_again, NULL) == 0);
    for (uint64_t began = now_ms(); now_ms() < began + SECONDS * 1000 || (atomic_load(&runs) <= 100 && now_ms() < began + 60000);)
        all_calls(sdk, atomic_fetch_add(&numbers, 1));
    atomic_store(&over, true);
    for (int i = 0; i < AT_ONCE; i++)
        pthread_join(thread[i], NULL);
    NEED(atomic_load(&runs) > 100);
    OK(net_meshos_sdk_shutdown(sdk));
}

static void short_lives_plain(void) { short_lives(0, (size_t)256 << 10); }
static void short_lives_onstack(void) { short_lives(SA_ONSTACK, (size_t)256 << 10); }

#define BIG ((size_t)256 << 10)

static void plain_before(void) { storm(0, BIG, true); }
static void plain_after(void) { storm(0, BIG, false); }
static void onstack_before(void) { storm(SA_ONSTACK, BIG, true); }
static void onstack_after(void) { storm(SA_ONSTACK, BIG, false); }
static void small_plain(void) { storm(0, 100, false); }
static void small_nested(void) { storm(SA_ONSTACK | SA_NODEFER, 100, false); }

/* A host that says what a fault of its own was, from its own stack: also on the
 * library's threads. */
static volatile uintptr_t nowhere = 64;

static void say_and_end(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    _exit(info->si_addr == (void *)nowhere ? 0 : 1);
}

static int fault(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                 size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return *(volatile int *)nowhere;
}

static void fault_in_a_callback(bool before, bool on_own_thread) {
    static const NetMeshOsDaemonVtable vtable = {.process = fault};
    struct sigaction action = {.sa_sigaction = say_and_end, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (before)
        sigaction(SIGSEGV, &action, NULL);
    sdk = start();
    if (!before)
        sigaction(SIGSEGV, &action, NULL);
    NetMeshOsHandle *handle = daemon_with(sdk, 1, &vtable, NULL);
    if (on_own_thread)
        deliver(sdk, handle);
    OK(post(sdk, handle));
    OK(net_meshos_ext_flush(sdk, 0, 0));
    _exit(3);
}

static void deliver_before(void) { fault_in_a_callback(true, true); }
static void deliver_after(void) { fault_in_a_callback(false, true); }
static void post_before(void) { fault_in_a_callback(true, false); }
static void post_after(void) { fault_in_a_callback(false, false); }

static void faults_of_the_host_are_its_own(void) {
    in_child(deliver_before);
    in_child(deliver_after);
    in_child(post_before);
    in_child(post_after);
}

const struct test handler_tests[] = {
    {"handlers: 256 KB, plain, installed before", plain_before},
    {"handlers: 256 KB, plain, installed after", plain_after},
    {"handlers: 256 KB, on the alternate stack, before", onstack_before},
    {"handlers: 256 KB, on the alternate stack, after", onstack_after},
    {"handlers: five of 256 KB, one within another", five_within_another},
    {"handlers: small, plain", small_plain},
    {"handlers: small, that interrupt themselves", small_nested},
    {"handlers: plain, on threads that come and go", short_lives_plain},
    {"handlers: on the alternate stack of such threads", short_lives_onstack},
    {"handlers: faults of the host are its own", faults_of_the_host_are_its_own},
    {NULL, NULL},
};
