/* Time, threads and waiting. Nothing here sleeps to wait for something: it waits for the thing itself, and
 * fails the case when a deadline passes that no working library needs. */
#ifndef CONFORMANCE_SYNC_H
#define CONFORMANCE_SYNC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How long anything may take that should happen "at once" or "soon", in milliseconds; two thirds of the
 * case's time limit. Far above what a loaded machine needs. */
uint64_t sync_patience(void);

/* To be called once, before any other of these. */
void sync_begin(uint64_t time_limit_ms);

/* CLOCK_MONOTONIC. */
uint64_t now_ns(void);
uint64_t now_ms(void);

/* A number that threads wait on; zero-initialised. */
typedef struct {
    long value;
} gauge;

void gauge_add(gauge *g, long change);
long gauge_get(const gauge *g);

/* Waits until the value is at least that; fails the case, naming what, if that takes too long. */
#define GAUGE_NEED(g, least) gauge_need(__FILE__, __LINE__, #g, (g), (least))
void gauge_need(const char *file, int line, const char *what, gauge *g, long least);

/* Waits for at most that time, and says whether the value got there: for what must not happen. A slow machine
 * can only make it miss a defect, never see one that isn't there. */
bool gauge_reaches(gauge *g, long least, uint64_t ms);

/* Starts a thread. Its function may use assertions. */
pthread_t thread_start(void *(*function)(void *), void *argument);

/* Joins a thread that should end soon. */
#define THREAD_JOIN(t) thread_join(__FILE__, __LINE__, (t))
void *thread_join(const char *file, int line, pthread_t t);

/* A thread that is about to sleep in a call says so here, as the last thing before the call. */
typedef struct {
    atomic_int thread;
} bed;

void bed_enter(bed *b);

/* Waits until the thread sleeps: from then on it is in the call. */
void bed_need_asleep(bed *b);

/* Repeats the expression until it holds, yielding; fails the case if that takes too long. Only for what can't
 * be waited on. */
#define POLL_UNTIL(expression)                                                     \
    do {                                                                           \
        uint64_t poll_from = now_ms();                                             \
        while (!(expression))                                                      \
            poll_again(__FILE__, __LINE__, #expression, poll_from);                \
    } while (0)
void poll_again(const char *file, int line, const char *expression, uint64_t from_ms);

#endif
