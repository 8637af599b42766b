/* Waiting on a condition until a time of the monotonic clock, which nobody sets. */
#ifndef MESHOS_TIMED_H
#define MESHOS_TIMED_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* Not every C library lets a condition have that clock. winpthreads refuses, and
 * macOS has no call for it. Both can wait for a length of time instead. */
#if defined(_WIN32) || defined(__APPLE__)
#define TIMED_RELATIVE 1
#endif

/* Returns whether the condition has the monotonic clock; timed_wait wants to know. */
static inline bool timed_init(pthread_cond_t *c) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifdef __APPLE__
    bool monotonic = false;
#else
    bool monotonic = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0;
#endif
    pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
    return monotonic;
}

/* What is left until the deadline, at most a second. False: nothing. */
static inline bool timed_left(const struct timespec *deadline, struct timespec *left) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    left->tv_sec = deadline->tv_sec - now.tv_sec;
    left->tv_nsec = deadline->tv_nsec - now.tv_nsec;
    if (left->tv_nsec < 0) {
        left->tv_nsec += 1000000000;
        left->tv_sec--;
    }
    if (left->tv_sec > 0)
        *left = (struct timespec){.tv_sec = 1};
    return left->tv_sec > 0 || (left->tv_sec == 0 && left->tv_nsec > 0);
}

static inline void timed_wait_for(pthread_cond_t *c, pthread_mutex_t *lock, const struct timespec *length) {
#ifdef TIMED_RELATIVE
    pthread_cond_timedwait_relative_np(c, lock, length);
#else
    /* By the wall clock, which may be set meanwhile: so the caller looks again. */
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += length->tv_sec + (until.tv_nsec + length->tv_nsec) / 1000000000;
    until.tv_nsec = (until.tv_nsec + length->tv_nsec) % 1000000000;
    pthread_cond_timedwait(c, lock, &until);
#endif
}

/* False: the deadline has passed. True: the caller looks whether it has what it waits
 * for, and if not waits again. */
static inline bool timed_wait(pthread_cond_t *c, pthread_mutex_t *lock, const struct timespec *deadline, bool monotonic) {
    struct timespec left;
    if (monotonic)
        return pthread_cond_timedwait(c, lock, deadline) == 0; /* only a time-out makes it fail */
    if (!timed_left(deadline, &left))
        return false;
    timed_wait_for(c, lock, &left);
    return true;
}

#endif
