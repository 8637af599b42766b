#define _POSIX_C_SOURCE 200809L

#include "watch.h"

#include <time.h>

/* Not every C library has conditions that wait by the monotonic clock: winpthreads refuses. */
static clockid_t deadlines = CLOCK_MONOTONIC;

void watch_init(struct watch *watch)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    if (pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0) {
        deadlines = CLOCK_REALTIME;
    }
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void watch_destroy(struct watch *watch)
{
    pthread_cond_destroy(&watch->changed);
    pthread_mutex_destroy(&watch->lock);
}

void watch_enter(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
}

void watch_leave(struct watch *watch)
{
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
}

void watch_count(struct watch *watch, int *counter)
{
    watch_enter(watch);
    ++*counter;
    watch_leave(watch);
}

bool watch_reaches(struct watch *watch, const int *counter, int target)
{
    struct timespec deadline;
    clock_gettime(deadlines, &deadline);
    deadline.tv_sec += 300;
    pthread_mutex_lock(&watch->lock);
    while (*counter < target && pthread_cond_timedwait(&watch->changed, &watch->lock, &deadline) == 0) {
    }
    bool reached = *counter >= target;
    pthread_mutex_unlock(&watch->lock);
    return reached;
}
