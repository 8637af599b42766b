/* Time, threads and waiting. Nothing here sleeps to wait for something: it waits for the thing itself, and ends
 * the case with a failure when a deadline passes that no working library needs. */
#ifndef EXT_SYNC_H
#define EXT_SYNC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC. */
uint64_t now_ms(void);

/* How long anything may take that should happen at once or soon: two thirds of the case's limit, in ms. */
uint64_t patience_ms(void);

/* A number that threads wait on; zero-initialised. */
typedef struct {
    long value;
} gauge;

void gauge_add(gauge *g, long change);
long gauge_get(const gauge *g);

/* Waits until the value is at least that. */
#define GAUGE_NEED(g, least) gauge_need(__FILE__, __LINE__, #g, (g), (least))
void gauge_need(const char *file, int line, const char *what, gauge *g, long least);

/* Waits for at most that time, and says whether the value got there: for what must not happen. A slow machine can
 * only make it miss a defect, never see one that isn't there. */
bool gauge_reaches(gauge *g, long least, uint64_t ms);

/* Starts a thread, joins one that should end soon. */
pthread_t thread_start(void *(*function)(void *), void *argument);
#define THREAD_JOIN(t) thread_join(__FILE__, __LINE__, (t))
void *thread_join(const char *file, int line, pthread_t t);

/* Repeats the expression until it holds. Only for what can't be waited on. */
#define POLL_UNTIL(expression)                                                            \
    do {                                                                                  \
        uint64_t poll_from = now_ms();                                                    \
        while (!(expression)) {                                                           \
            if (now_ms() - poll_from > patience_ms()) {                                   \
                case_failed("%s:%d: %s doesn't come about", __FILE__, __LINE__, #expression); \
                case_end();                                                               \
            }                                                                             \
            sync_yield();                                                                 \
        }                                                                                 \
    } while (0)
void sync_yield(void);

/* The threads that this process has. */
long thread_count(void);

/* The memory that it has resident, in bytes. */
long long resident_bytes(void);

#endif
