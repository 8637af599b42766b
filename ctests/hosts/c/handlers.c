/* A host with signal handlers that use much stack, under timers and a flood of kill, while eight threads call the
 * library. Nothing is corrupted, nothing hangs, each handler stays the host's.
 *   handlers before|after plain|onstack KILOBYTES: installed before or after the start, without or with SA_ONSTACK
 * Only SA_ONSTACK may be added by the library. */
#include "host.h"

#include <signal.h>
#include <sys/time.h>

enum { SECONDS = 3 };

static const int signals[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGPROF, SIGHUP, SIGVTALRM};
enum { SIGNALS = sizeof signals / sizeof *signals };
/* The C library sets SA_RESTORER in every action, and hides it. */
enum { kernels_flag = 0x04000000 };
static atomic_long handled[65];
static size_t stack_used;

static void handler(int signal) {
    /* Each page is written, so that whatever lies there, and isn't this handler's, is destroyed. */
    volatile char *stack = __builtin_alloca(stack_used);
    for (size_t i = 0; i < stack_used; i += 512)
        stack[i] = (char)0xEE;
    atomic_fetch_add(&handled[signal], 1);
}

static void install(int flags) {
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction action = {.sa_handler = handler, .sa_flags = flags | SA_RESTART};
        sigemptyset(&action.sa_mask);
        CHECK(sigaction(signals[i], &action, NULL) == 0);
    }
}

static void still_ours(void) {
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction found;
        CHECK(sigaction(signals[i], NULL, &found) == 0);
        CHECK(found.sa_handler == handler);
        CHECK((found.sa_flags & ~(SA_ONSTACK | kernels_flag)) == SA_RESTART);
    }
}

/* With SA_ONSTACK the host brings stacks that are large enough, one for each thread that calls: a handler may be
 * interrupted by those of all other signals. */
static void *caller_with_stack(void *sdk) {
    enum { FRAME = 32 * 1024 }; /* what the kernel saves, and more */
    stack_t stack = {.ss_size = SIGNALS * (stack_used + FRAME) + 128 * 1024};
    stack.ss_sp = malloc(stack.ss_size);
    CHECK(stack.ss_sp && sigaltstack(&stack, NULL) == 0);
    host_caller(sdk);
    stack_t found;
    CHECK(sigaltstack(NULL, &found) == 0 && found.ss_sp == stack.ss_sp && found.ss_size == stack.ss_size);
    CHECK(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL) == 0);
    free(stack.ss_sp);
    return NULL;
}

static void *killer(void *nothing) {
    (void)nothing;
    const struct timespec pause = {.tv_nsec = 100000};
    while (!atomic_load(&host_stop)) {
        kill(getpid(), SIGUSR1);
        kill(getpid(), SIGHUP);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    const bool before = strcmp(arguments[1], "before") == 0;
    const int flags = strcmp(arguments[2], "onstack") == 0 ? SA_ONSTACK : 0;
    stack_used = strtoul(arguments[3], NULL, 10) * 1024;

    if (before)
        install(flags);
    NetMeshOsSdk *sdk = host_start();
    if (!before)
        install(flags);

    sigset_t mask, all;
    sigfillset(&all);
    pthread_t threads[HOST_THREADS], flood;
    for (int i = 0; i < HOST_THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, flags ? caller_with_stack : host_caller, sdk) == 0);
    /* The main and the flooding thread may have no stack of the host's: signals are for the callers. */
    CHECK(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    CHECK(pthread_create(&flood, NULL, killer, NULL) == 0);

    const struct itimerval each_ms = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &each_ms, NULL);
    setitimer(ITIMER_PROF, &each_ms, NULL);
    setitimer(ITIMER_VIRTUAL, &each_ms, NULL);
    const double end = seconds_now() + SECONDS;
    while (seconds_now() < end) {
        pthread_kill(threads[0], SIGUSR2);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    setitimer(ITIMER_PROF, &(struct itimerval){0}, NULL);
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){0}, NULL);

    host_callers_end(threads);
    pthread_join(flood, NULL);
    for (int i = 0; i < SIGNALS; i++)
        CHECK(atomic_load(&handled[signals[i]]) > 0);
    still_ours();
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0 && sigismember(&mask, SIGTERM) == 1);
    host_end(sdk);
    printf("%ld rounds under %ld signals\n", (long)host_rounds, (long)handled[SIGUSR1] + (long)handled[SIGALRM]);
    return 0;
}
