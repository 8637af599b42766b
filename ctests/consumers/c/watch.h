/* Counters that one thread raises and another waits for, so that no test has to sleep and guess. */
#ifndef WATCH_H
#define WATCH_H

#include <pthread.h>
#include <stdbool.h>

struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

void watch_init(struct watch *watch);
void watch_destroy(struct watch *watch);

/* What changes between the two is seen by those who wait. */
void watch_enter(struct watch *watch);
void watch_leave(struct watch *watch);

void watch_count(struct watch *watch, int *counter);

/* Waits until the counter is at least `target`; false when that takes more than 30 s. */
bool watch_reaches(struct watch *watch, const int *counter, int target);

#endif
