#define _GNU_SOURCE
#include "sync.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "suite.h"

/* One lock for all gauges: what they count is rare beside what is tested. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

uint64_t patience_ms(void) {
    return case_limit_ms() / 3 * 2;
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
    struct timespec deadline = after(CLOCK_MONOTONIC, ms);
    int error = 0;
    pthread_mutex_lock(&lock);
    while (g->value < least && error != ETIMEDOUT)
        error = pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &deadline);
    bool reached = g->value >= least;
    pthread_mutex_unlock(&lock);
    return reached;
}

void gauge_need(const char *file, int line, const char *what, gauge *g, long least) {
    if (gauge_reaches(g, least, patience_ms()))
        return;
    case_failed("%s:%d: %s is %ld after %llu ms, expected at least %ld", file, line, what, gauge_get(g),
                (unsigned long long)patience_ms(), least);
    case_end();
}

pthread_t thread_start(void *(*function)(void *), void *argument) {
    pthread_t t;
    if (pthread_create(&t, NULL, function, argument) != 0) {
        case_failed("no thread can be started");
        case_end();
    }
    return t;
}

void *thread_join(const char *file, int line, pthread_t t) {
    struct timespec deadline = after(CLOCK_REALTIME, patience_ms());
    void *result = NULL;
    if (pthread_timedjoin_np(t, &result, &deadline) != 0) {
        case_failed("%s:%d: a thread that should have ended still runs after %llu ms", file, line,
                    (unsigned long long)patience_ms());
        case_end();
    }
    return result;
}

void sync_yield(void) {
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

/* A number of /proc/self/status; -1: it isn't there. */
static long long status_number(const char *format) {
    char line[256];
    long long number = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, format, &number) == 1)
            break;
    if (status)
        fclose(status);
    return number;
}

long thread_count(void) {
    return (long)status_number("Threads: %lld");
}

long long resident_bytes(void) {
    return status_number("VmRSS: %lld kB") * 1024;
}
