#define _GNU_SOURCE
#include "sync.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "report.h"
#include "self.h"

/* So long it takes before other threads are taken for such that never sleep. */
enum { RESTLESS_MS = 3000 };

/* One lock for all gauges: what they count is rare beside what is tested. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static clockid_t deadlines = CLOCK_MONOTONIC; /* by which `changed` waits: not every C library knows the monotonic one */
static uint64_t patience = 20000;

void sync_begin(uint64_t time_limit_ms) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    deadlines = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    pthread_cond_init(&changed, &monotonic);
    patience = time_limit_ms / 3 * 2;
}

uint64_t patience_ms(void) {
    return patience;
}

uint64_t soon_ms(void) {
    return patience / 4;
}

static struct timespec after(clockid_t clock, uint64_t ms) {
    struct timespec t;
    clock_gettime(clock, &t);
    uint64_t ns = (uint64_t)t.tv_nsec + ms % 1000 * 1000000u;
    t.tv_sec += (time_t)(ms / 1000 + ns / 1000000000u);
    t.tv_nsec = (long)(ns % 1000000000u);
    return t;
}

void gauge_add(gauge *g, long change) {
    pthread_mutex_lock(&lock);
    g->value += change;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

long gauge_get(const gauge *g) {
    pthread_mutex_lock(&lock);
    long value = g->value;
    pthread_mutex_unlock(&lock);
    return value;
}

bool gauge_reaches(gauge *g, long least, uint64_t ms) {
    struct timespec deadline = after(deadlines, ms);
    int error = 0;
    pthread_mutex_lock(&lock);
    while (g->value < least && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&changed, &lock, &deadline);
    bool reached = g->value >= least;
    pthread_mutex_unlock(&lock);
    return reached;
}

void gauge_need(const char *file, int line, const char *what, gauge *g, long least, uint64_t ms) {
    if (gauge_reaches(g, least, ms))
        return;
    check_failed(file, line, "%s is %ld after %llu ms, expected at least %ld", what, gauge_get(g),
                 (unsigned long long)ms, least);
    report_end();
}

pthread_t thread_start(void *(*function)(void *), void *argument) {
    pthread_t t;
    NEED(pthread_create(&t, NULL, function, argument) == 0);
    return t;
}

void *thread_join(const char *file, int line, pthread_t t) {
    struct timespec deadline = after(CLOCK_REALTIME, patience);
    void *result = NULL;
    if (pthread_timedjoin_np(t, &result, &deadline) != 0) {
        check_failed(file, line, "a thread that should have ended still runs after %llu ms",
                     (unsigned long long)patience);
        report_end();
    }
    return result;
}

void blocking_enter(blocking *b) {
    atomic_store(&b->thread, (int)syscall(SYS_gettid));
}

/* Several looks in a row. The thread may sleep on its way into the call, too, for as long as a busy machine lets
 * another thread wait that has what it needs. That one runs or wants to. So all threads must sleep, unless some
 * never do. */
static bool sleeps_for_good(int thread, uint64_t from_ms) {
    for (int looks = 0; looks < 5; looks++) {
        if (self_thread_state(thread) != 'S')
            return false;
        if (!self_others_sleep() && now_ms() - from_ms < RESTLESS_MS)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return true;
}

void blocking_need(blocking *b) {
    POLL_UNTIL(atomic_load(&b->thread) != 0);
    uint64_t from = now_ms();
    POLL_UNTIL(sleeps_for_good(atomic_load(&b->thread), from));
}

void poll_again(const char *file, int line, const char *expression, uint64_t from_ms) {
    if (now_ms() - from_ms > patience) {
        check_failed(file, line, "%s doesn't come about in %llu ms", expression, (unsigned long long)patience);
        report_end();
    }
    sync_yield();
}

void sync_yield(void) {
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}
