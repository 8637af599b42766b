/* Before the first SDK starts a process works as if it had no library, and what the
 * first start changes is put back. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static void use_an_sdk(void) {
    NetMeshOsSdk *sdk = start();
    all_calls(sdk, 1);
    OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

static void a_child_forked_before_starts_its_own(void) {
    in_child(use_an_sdk);
    use_an_sdk();
}

/* An error is no start. */
static void calls_that_fail_start_nothing(void) {
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsDaemonControl control;
    NEED(net_meshos_sdk_start(0, 0, 0, 0, 0, NULL) == -3);
    NEED(net_meshos_ext_sdk_start(NULL, 1, &sdk) == -3);
    NEED(net_meshos_sdk_shutdown(NULL) == -1);
    NEED(net_meshos_ext_flush((NetMeshOsSdk *)4711, 0, 0) == -1);
    NEED(net_meshos_publish_log((NetMeshOsHandle *)4711, 0, "x", 1) == -1);
    NEED(net_meshos_try_next_control(NULL, &control) == -1);
    NEED(net_meshos_ext_runtime_json(NULL) == NULL);
    NEED(net_meshos_metadata((NetMeshOsHandle *)4711) == NULL);
    net_meshos_sdk_free(NULL);
    net_meshos_handle_free((NetMeshOsHandle *)4711);
    net_meshos_free_string((char *)4711);
    NEED(net_meshos_ext_version() != NULL);
    NEED(threads() == 1);
    in_child(use_an_sdk);
}

static void daemon_works_before(void) {
    int ends[2];
    NEED(pipe(ends) == 0);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        if (daemon(0, 0) != 0)
            _exit(1);
        alarm(300);
        NetMeshOsSdk *sdk = NULL;
        char result = net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) == 0 && net_meshos_sdk_shutdown(sdk) == 0 ? 'y' : 'n';
        _exit(write(ends[1], &result, 1) != 1);
    }
    int status;
    NEED(waitpid(child, &status, 0) == child && status == 0);
    close(ends[1]);
    char result = 0;
    NEED(read(ends[0], &result, 1) == 1);
    NEED(result == 'y');
}

/* unshare refuses some kinds where there are several threads. A user namespace it also refuses in a changed root. */
static void unshare_works_before(void) {
    const int alone = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
    if (geteuid() != 0)
        skip("only root may unshare a user namespace everywhere");
    NEED(unshare(CLONE_NEWUSER | alone) == 0 || (errno == EPERM && unshare(alone) == 0));
    use_an_sdk();
}

static void closefrom_works_before(void) {
    closefrom(3);
    NEED(descriptors() == 3);
    use_an_sdk();
}

static void the_mask_stays(void) {
    sigset_t mask, after;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGPROF);
    sigaddset(&mask, SIGSEGV);
    sigaddset(&mask, SIGRTMIN);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    NetMeshOsSdk *sdk = start();
    for (int i = 0; i < 3; i++) {
        all_calls(sdk, 1);
        sigprocmask(SIG_SETMASK, NULL, &after);
        for (int s = 1; s < NSIG; s++)
            NEED(sigismember(&mask, s) == sigismember(&after, s));
    }
}

static void limits_stay(void) {
    struct rlimit limit[RLIM_NLIMITS], after;
    NEED(getrlimit(RLIMIT_NOFILE, &limit[RLIMIT_NOFILE]) == 0);
    limit[RLIMIT_NOFILE].rlim_cur = 200;
    NEED(setrlimit(RLIMIT_NOFILE, &limit[RLIMIT_NOFILE]) == 0);
    for (int i = 0; i < RLIM_NLIMITS; i++)
        NEED(getrlimit(i, &limit[i]) == 0);
    use_an_sdk();
    for (int i = 0; i < RLIM_NLIMITS; i++)
        NEED(getrlimit(i, &after) == 0 && memcmp(&after, &limit[i], sizeof after) == 0);
}

/* Only those of faults have handlers, and no ones of the host's are changed. */
static void handler(int signal) { (void)signal; }

static void dispositions_stay(void) {
    struct sigaction before[NSIG], after;
    const struct sigaction own = {.sa_handler = handler};
    sigaction(SIGUSR1, &own, NULL);
    sigaction(SIGRTMIN, &own, NULL);
    signal(SIGUSR2, SIG_IGN);
    for (int s = 1; s < NSIG; s++)
        if (s != 32 && s != 33)
            sigaction(s, NULL, &before[s]);
    use_an_sdk();
    for (int s = 1; s < NSIG; s++) {
        if (s == 32 || s == 33 || s == SIGSEGV || s == SIGBUS || s == SIGFPE)
            continue;
        sigaction(s, NULL, &after);
        NEED(after.sa_handler == before[s].sa_handler && after.sa_flags == before[s].sa_flags);
    }
}

/* Go writes to the random bytes that the kernel gives a program, if it finds
 * them. The C library's are not its own. */
static void random_bytes_stay(void) {
    unsigned char before[16];
    const void *bytes = (const void *)getauxval(AT_RANDOM);
    NEED(bytes != NULL);
    memcpy(before, bytes, sizeof before);
    use_an_sdk();
    NEED(memcmp(before, bytes, sizeof before) == 0);
}

static void calls_are_forked(void) {
    NetMeshOsSdk *sdk = NULL;
    FAILS(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk), "forked");
}

static void a_child_forked_after_gets_forked(void) {
    NetMeshOsSdk *sdk = start();
    in_child(calls_are_forked);
    net_meshos_sdk_free(sdk);
    in_child(calls_are_forked);
}

/* Forked while another thread starts: an SDK of its own, or an error, but no
 * hang. */
static pthread_barrier_t together;

static void *start_with_others(void *unused) {
    pthread_barrier_wait(&together);
    NetMeshOsSdk *sdk = start();
    NEED(sdk != NULL);
    return unused;
}

static void start_or_forked(void) {
    NetMeshOsSdk *sdk = NULL;
    int status = net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk);
    NEED(status == 0 || (status == -2 && strcmp(net_meshos_last_error_kind(), "forked") == 0));
    if (status == 0)
        all_calls(sdk, 1);
}

static void one_fork_during_a_start(void) {
    pthread_t thread;
    NEED(pthread_barrier_init(&together, NULL, 2) == 0);
    NEED(pthread_create(&thread, NULL, start_with_others, NULL) == 0);
    pthread_barrier_wait(&together);
    for (int i = 0; i < 4; i++)
        in_child(start_or_forked);
    pthread_join(thread, NULL);
}

static void forks_during_a_start_dont_hang(void) {
    for (int i = 0; i < 20; i++)
        in_child(one_fork_during_a_start);
}

static void starts_at_the_same_time(void) {
    enum { THREADS = 16 };
    pthread_t thread[THREADS];
    NEED(pthread_barrier_init(&together, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++)
        NEED(pthread_create(&thread[i], NULL, start_with_others, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
}

const struct test start_tests[] = {
    {"start: a child forked before it starts its own", a_child_forked_before_starts_its_own},
    {"start: calls that fail start nothing", calls_that_fail_start_nothing},
    {"start: daemon(3) works before it", daemon_works_before},
    {"start: unshare works before it", unshare_works_before},
    {"start: closefrom works before it", closefrom_works_before},
    {"start: the signal mask stays", the_mask_stays},
    {"start: limits stay", limits_stay},
    {"start: dispositions stay", dispositions_stay},
    {"start: the process's random bytes stay", random_bytes_stay},
    {"start: a child forked after it gets forked", a_child_forked_after_gets_forked},
    {"start: forks during one don't hang", forks_during_a_start_dont_hang},
    {"start: many at the same time", starts_at_the_same_time},
    {NULL, NULL},
};
