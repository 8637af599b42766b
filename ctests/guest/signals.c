/* A host that blocks signals and waits for them sees all of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

enum { ROUNDS = 1000 };

static sigset_t block(int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return set;
}

static atomic_bool over;

/* Keeps Go's threads at work, and makes new ones. */
static void *work(void *sdk) {
    for (uint64_t i = 0; !atomic_load(&over); i++)
        all_calls(sdk, i);
    return NULL;
}

static void with_work(void (*function)(void)) {
    NetMeshOsSdk *sdk = start();
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all); /* as a server does for the threads that it makes */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    NEED(pthread_create(&thread, NULL, work, sdk) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    function();
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    OK(net_meshos_sdk_shutdown(sdk));
}

static int kinds[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, SIGPROF, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGURG,
                      SIGPIPE, SIGIO, SIGWINCH, SIGXCPU, SIGSTKFLT, SIGSYS, SIGPWR, SIGTSTP, SIGCONT};

static void wait_for(int signal) {
    sigset_t set = block(signal);
    const struct timespec minute = {.tv_sec = 60};
    int got = 0;
    for (int i = 0; i < ROUNDS; i++) {
        NEED(kill(getpid(), signal) == 0);
        NEED(i % 2 ? sigtimedwait(&set, NULL, &minute) == signal : sigwait(&set, &got) == 0 && got == signal);
    }
}

static void take_all_kinds(void) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        wait_for(kinds[i]);
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal += 5)
        wait_for(signal);
    wait_for(SIGRTMAX);
}

static void block_kinds(void) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        block(kinds[i]);
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
        block(signal);
}

static void sigwait_sees_all(void) {
    block_kinds();
    with_work(take_all_kinds);
}

/* Real-time signals queue: none may be missing. */
static void take_queued(void) {
    sigset_t set = block(SIGRTMIN);
    const struct timespec minute = {.tv_sec = 60};
    siginfo_t info;
    for (int sent = 0, got = 0; got < ROUNDS; got++) {
        while (sent < ROUNDS && sent < got + 50)
            NEED(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = sent++}) == 0);
        NEED(sigtimedwait(&set, &info, &minute) == SIGRTMIN);
        NEED(info.si_value.sival_int == got);
    }
}

static void queued_signals_are_all_there(void) {
    block_kinds();
    with_work(take_queued);
}

static void take_children(void) {
    sigset_t set = block(SIGCHLD);
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    NEED(fd >= 0);
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = vfork();
        if (child == 0)
            _exit(0);
        NEED(child > 0);
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        NEED(poll(&readable, 1, 60000) == 1);
        struct signalfd_siginfo info;
        NEED(read(fd, &info, sizeof info) == sizeof info && info.ssi_signo == SIGCHLD);
        NEED(waitpid(child, NULL, 0) == child);
    }
    close(fd);
}

static void signalfd_sees_every_child(void) {
    block_kinds();
    with_work(take_children);
}

/* Threads of the library, and what they do not block. */
static void see_masks(void) {
    int ids[256], n = thread_ids(ids, 256);
    NEED(n > 2);
    for (int i = 0; i < n; i++) {
        uint64_t blocked = status_of(ids[i], "SigBlk", 16);
        if (ids[i] == getpid() || blocked == 0)
            continue; /* the host's, or one that has just ended */
        for (int signal = 1; signal < NSIG; signal++) {
            bool fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL || signal == SIGTRAP;
            bool unblockable = signal == SIGKILL || signal == SIGSTOP || signal == 32 || signal == 33; /* glibc's */
            if (!fault && !unblockable)
                NEED(blocked >> (signal - 1) & 1);
        }
    }
}

static void librarys_threads_block_all(void) {
    with_work(see_masks);
}

/* The host's thread has all that it has not blocked, though it started Go. */
static void profiling_timer_reaches_the_host(void) {
    sigset_t set = block(SIGPROF);
    NetMeshOsSdk *sdk = start();
    const struct itimerval often = {{0, 1000}, {0, 1000}};
    NEED(setitimer(ITIMER_PROF, &often, NULL) == 0);
    const struct timespec none = {0};
    unsigned got = 0;
    for (uint64_t i = 0, end = now_ms() + 60000; got < 20 && now_ms() < end; i++) {
        all_calls(sdk, i);
        got += sigtimedwait(&set, NULL, &none) == SIGPROF;
    }
    NEED(got == 20);
}

const struct test signal_tests[] = {
    {"signals: sigwait and sigtimedwait see all", sigwait_sees_all},
    {"signals: queued ones are all there", queued_signals_are_all_there},
    {"signals: signalfd sees every child", signalfd_sees_every_child},
    {"signals: the library's threads block all", librarys_threads_block_all},
    {"signals: a profiling timer reaches the host", profiling_timer_reaches_the_host},
    {NULL, NULL},
};
