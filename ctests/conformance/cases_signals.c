/* Signals and faults: the library doesn't change the host's settings. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "life.h"
#include "probe.h"
#include "report.h"
#include "sync.h"

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2};
static struct sigaction before[LENGTH(signals)];

static void note_dispositions(void) {
    for (size_t i = 0; i < LENGTH(signals); i++)
        NEED(sigaction(signals[i], NULL, &before[i]) == 0);
}

static void check_dispositions(const char *when) {
    for (size_t i = 0; i < LENGTH(signals); i++) {
        struct sigaction now;
        NEED(sigaction(signals[i], NULL, &now) == 0);
        check_row("%s, %s", strsignal(signals[i]), when);
        CHECK(now.sa_handler == before[i].sa_handler);
        /* Without a handler the other fields have no meaning. */
        if (before[i].sa_handler != SIG_DFL && before[i].sa_handler != SIG_IGN) {
            CHECK_INT(now.sa_flags & ~SA_ONSTACK, before[i].sa_flags & ~SA_ONSTACK);
            for (int s = 1; s < 32; s++)
                CHECK_INT(sigismember(&now.sa_mask, s), sigismember(&before[i].sa_mask, s));
        }
    }
    check_row(NULL);
}

static volatile sig_atomic_t handled;

static void count_signal(int number) {
    (void)number;
    handled++;
}

static void set_all(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    for (size_t i = 0; i < LENGTH(signals); i++)
        NEED(sigaction(signals[i], &action, NULL) == 0);
    note_dispositions();
}

static void all_default(void) {
    set_all(SIG_DFL);
}

static void all_ignored(void) {
    set_all(SIG_IGN);
}

static void all_handled(void) {
    set_all(count_signal);
}

static void dispositions_stay(void) {
    check_dispositions("after dlopen");
    live_fully();
    check_dispositions("after a life");
}

/* Handlers that the host installs after loading the library stay too, and run on the host's threads. */
static void later_dispositions_stay(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    probe_lives(&probe, 1);
    set_all(count_signal);
    for (size_t i = 0; i < LENGTH(signals); i++) {
        handled = 0;
        NEED(raise(signals[i]) == 0);
        CHECK_INT(handled, 1);
    }
    probe_lives(&probe, 3);
    check_dispositions("while an SDK runs");
    end(sdk, handle);
    check_dispositions("after its end");
}

static void check_mask(const sigset_t *expected, const char *when) {
    sigset_t now;
    NEED(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
    check_row("%s", when);
    for (int s = 1; s < 32; s++)
        CHECK_INT(sigismember(&now, s), sigismember(expected, s));
    check_row(NULL);
}

static void mask_stays(void) {
    sigset_t masks[3];
    sigemptyset(&masks[0]);
    sigemptyset(&masks[1]);
    sigaddset(&masks[1], SIGUSR1);
    sigaddset(&masks[1], SIGTERM);
    sigfillset(&masks[2]);
    for (size_t i = 0; i < LENGTH(masks); i++) {
        NEED(pthread_sigmask(SIG_SETMASK, &masks[i], NULL) == 0);
        NEED(pthread_sigmask(SIG_SETMASK, NULL, &masks[i]) == 0); /* as the system has stored it */
        NetMeshOsSdk *sdk = sdk_ticking(1);
        check_mask(&masks[i], "sdk_start");
        NetMeshOsHandle *handle = daemon_new(sdk, 1);
        check_mask(&masks[i], "register_daemon");
        NetMeshOsDaemonControl event;
        net_meshos_next_control(handle, 1, &event);
        check_mask(&masks[i], "next_control");
        net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1);
        check_mask(&masks[i], "publish_log");
        net_meshos_free_string(net_meshos_refresh_metadata(handle));
        check_mask(&masks[i], "refresh_metadata");
        net_meshos_graceful_shutdown(handle, 1);
        check_mask(&masks[i], "graceful_shutdown");
        net_meshos_handle_free(handle);
        net_meshos_sdk_shutdown(sdk);
        net_meshos_sdk_free(sdk);
        check_mask(&masks[i], "sdk_free");
        live_fully();
        check_mask(&masks[i], "a life");
    }
}

/* Starts an SDK, so that this thread has been in the library. */
static void be_a_host(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    probe_lives(&probe, 3);
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
    net_meshos_free_string(net_meshos_refresh_metadata(handle));
}

static int *volatile nowhere;

static void fault_ends_the_host(void) {
    be_a_host();
    report_dying_of(SIGSEGV);
    *nowhere = 1;
}

static void *fault_on_a_thread(void *unused) {
    (void)unused;
    *nowhere = 1;
    return NULL;
}

/* On a thread that has never been in the library. */
static void fault_on_a_thread_ends_the_host(void) {
    be_a_host();
    report_dying_of(SIGSEGV);
    THREAD_JOIN(thread_start(fault_on_a_thread, NULL));
}

static void abort_ends_the_host(void) {
    be_a_host();
    report_dying_of(SIGABRT);
    abort();
}

static void termination_ends_the_host(void) {
    be_a_host();
    report_dying_of(SIGTERM);
    kill(getpid(), SIGTERM);
    gauge never = {0};
    gauge_reaches(&never, 1, patience_ms());
}

static void broken_pipe_ends_the_host(void) {
    int ends[2];
    be_a_host();
    NEED(pipe(ends) == 0);
    close(ends[0]);
    report_dying_of(SIGPIPE);
    if (write(ends[1], "x", 1) < 0)
        report_end();
}

/* A host that handles its own faults. */
static volatile sig_atomic_t fault_signal;

static void survive(int number, siginfo_t *info, void *context) {
    (void)info, (void)context;
    fault_signal = number;
    report_end(); /* write and _exit are allowed here */
}

static void handle_faults(void) {
    struct sigaction action = {.sa_sigaction = survive, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    NEED(sigaction(SIGSEGV, &action, NULL) == 0);
}

static void fault_reaches_an_earlier_handler(void) {
    be_a_host();
    *nowhere = 1;
    FAIL("the host's handler was not called");
}

static void fault_reaches_a_later_handler(void) {
    be_a_host();
    handle_faults();
    *nowhere = 1;
    FAIL("the host's handler was not called");
}

const struct suite_case cases_signals[] = {
    HARDENING("signals.default", dispositions_stay, "process.signals", .prepare = all_default, .uses = LIFE_USES),
    HARDENING("signals.ignored", dispositions_stay, "process.signals", .prepare = all_ignored, .uses = LIFE_USES),
    HARDENING("signals.handled", dispositions_stay, "process.signals", .prepare = all_handled, .uses = LIFE_USES),
    HARDENING("signals.handled_later", later_dispositions_stay, "process.signals"),
    HARDENING("signals.mask", mask_stays, "process.signals", .uses = LIFE_USES),
    HARDENING("signals.termination", termination_ends_the_host, "process.signals"),
    HARDENING("signals.broken_pipe", broken_pipe_ends_the_host, "process.signals"),
    HARDENING("signals.fault", fault_ends_the_host, "process.faults"),
    HARDENING("signals.fault_on_a_thread", fault_on_a_thread_ends_the_host, "process.faults"),
    HARDENING("signals.abort", abort_ends_the_host, "process.faults"),
    HARDENING("signals.fault_handled_before", fault_reaches_an_earlier_handler, "process.faults", .prepare = handle_faults),
    HARDENING("signals.fault_handled_after", fault_reaches_a_later_handler, "process.faults"),
    END,
};
