/* A server that blocks its signals first thing in main and takes them with sigwait or signalfd: it sees each of
 * 1,000, whichever threads the library has.
 *   waiting sigwait | signalfd */
#include "host.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

enum { ROUNDS = 1000, CHILDREN = 200 };

static void take(const sigset_t *set, int signal) {
    CHECK(kill(getpid(), signal) == 0);
    siginfo_t info;
    CHECK(sigtimedwait(set, &info, &(struct timespec){.tv_sec = 10}) == signal);
}

static void with_sigwait(const sigset_t *set) {
    const int signals[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT, SIGCHLD,     SIGALRM,
                           SIGPROF, SIGUSR1, SIGUSR2, SIGURG,  SIGRTMIN + 1, SIGRTMAX};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        for (int round = 0; round < ROUNDS; round++)
            take(set, signals[i]);
        printf("%d of %d of signal %d\n", ROUNDS, ROUNDS, signals[i]);
    }
}

static void with_signalfd(const sigset_t *set) {
    const int fd = signalfd(-1, set, SFD_CLOEXEC);
    CHECK(fd >= 0);
    for (int i = 0; i < CHILDREN; i++) {
        const pid_t child = fork();
        if (child == 0)
            _exit(0);
        struct pollfd poller = {fd, POLLIN, 0};
        struct signalfd_siginfo info;
        CHECK(poll(&poller, 1, 10000) == 1);
        CHECK(read(fd, &info, sizeof info) == (ssize_t)sizeof info && info.ssi_signo == SIGCHLD);
        CHECK(waitpid(child, NULL, 0) == child);
    }
    printf("%d of %d children\n", CHILDREN, CHILDREN);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    sigset_t all, set;
    sigfillset(&all);
    sigemptyset(&set);
    if (strcmp(arguments[1], "signalfd") == 0)
        sigaddset(&set, SIGCHLD);
    else
        sigfillset(&set);
    CHECK(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);

    NetMeshOsSdk *sdk = host_start();
    pthread_t threads[HOST_THREADS];
    host_callers_begin(threads, sdk);
    AWAIT(atomic_load(&host_rounds) > 2 * HOST_THREADS);
    (strcmp(arguments[1], "signalfd") == 0 ? with_signalfd : with_sigwait)(&set);
    host_callers_end(threads);
    host_end(sdk);
    return 0;
}
