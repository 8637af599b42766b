/* Threads and waiting. Nothing here sleeps to wait for something: it waits for the thing itself, and ends the test
 * with a failure when a deadline passes that no working library needs. On any thread; nothing is to be freed. */
#ifndef HARNESS_SYNC_H
#define HARNESS_SYNC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

/* How long anything may take that should happen "at once" or "soon", in milliseconds: two thirds of the test's
 * time limit. Far above what a loaded machine needs. */
uint64_t patience_ms(void);

/* The same for what many cases need and one shows: a known failure needn't be waited for that long. It is a sixth of the
 * time limit, which is 20 ticks of the default length. */
uint64_t soon_ms(void);

/* To be called once, before any other of these. */
void sync_begin(uint64_t time_limit_ms);

/* A number that threads wait on; zero-initialised. */
typedef struct {
    long value;
} gauge;

void gauge_add(gauge *g, long change);
long gauge_get(const gauge *g);

/* Waits until the value is at least that; ends the test, naming what, if that takes too long: patience_ms(), or a time
 * of its own. */
#define GAUGE_NEED(g, least) GAUGE_NEED_WITHIN(g, least, patience_ms())
#define GAUGE_NEED_WITHIN(g, least, ms) gauge_need(__FILE__, __LINE__, #g, (g), (least), (ms))
void gauge_need(const char *file, int line, const char *what, gauge *g, long least, uint64_t ms);

/* Waits for at most that time, and says whether the value got there: for what must not happen. A slow machine
 * can only make it miss a defect, never see one that isn't there. */
bool gauge_reaches(gauge *g, long least, uint64_t ms);

/* Starts a thread. Its function may use assertions. */
pthread_t thread_start(void *(*function)(void *), void *argument);

/* Joins a thread that should end soon. */
#define THREAD_JOIN(t) thread_join(__FILE__, __LINE__, (t))
void *thread_join(const char *file, int line, pthread_t t);

/* A thread that is about to block in a call announces itself, as the last thing before the call. */
typedef struct {
    atomic_int thread;
} blocking;

void blocking_enter(blocking *b);

/* Waits until that thread sleeps: from then on it is in the call. */
void blocking_need(blocking *b);

/* Lets others run for a moment. */
void sync_yield(void);

/* Repeats the expression until it holds; ends the test if that takes too long. Only for what can't be waited
 * on. */
#define POLL_UNTIL(expression)                                                     \
    do {                                                                           \
        uint64_t poll_from = now_ms();                                             \
        while (!(expression))                                                      \
            poll_again(__FILE__, __LINE__, #expression, poll_from);                \
    } while (0)
void poll_again(const char *file, int line, const char *expression, uint64_t from_ms);

#endif
