/* What all unit tests share. Each test runs in a process of its own, so that it
 * finds the C half as a program does that has just loaded it. */
#ifndef UNIT_H
#define UNIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
};

/* test_NAME.c has NAME_tests, which a row without a name ends. */
#define SUITE(name) extern const struct test name##_tests[];
#include "suites.inc"
#undef SUITE

/* A failed check says where and what, and the test goes on. On any thread. */
#define CHECK(condition) unit_check(__FILE__, __LINE__, #condition, (condition))
#define CHECK_U64(actual, expected) unit_check_u64(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_INT(actual, expected) unit_check_int(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_TEXT(actual, expected) unit_check_text(__FILE__, __LINE__, #actual, (actual), (expected))

/* Ends the test where going on makes no sense. */
#define NEED(condition) unit_need(__FILE__, __LINE__, #condition, (condition))

bool unit_check(const char *file, int line, const char *what, bool holds);
bool unit_check_u64(const char *file, int line, const char *what, uint64_t actual, uint64_t expected);
bool unit_check_int(const char *file, int line, const char *what, long long actual, long long expected);
bool unit_check_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void unit_need(const char *file, int line, const char *what, bool holds);

/* Says more about the checks that follow on this thread; NULL ends that. */
void unit_about(const char *format, ...) __attribute__((format(printf, 1, 2)));

unsigned unit_failures(void);

/* Random numbers. All of a test come from one seed, which is printed; each
 * stream is another sequence. UNIT_SEED in the environment repeats a run. */
struct rng {
    uint64_t state;
};
struct rng rng_new(uint64_t stream);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t limit);

/* Threads that must end: one that doesn't ends the test by its time limit. */
pthread_t thread_start(void *(*function)(void *), void *argument);
void thread_join(pthread_t thread);
void threads_run(unsigned count, void *(*function)(void *)); /* the argument is the number, as a pointer */

uint64_t now_ns(void); /* CLOCK_MONOTONIC */

/* Makes one allocation of this thread fail: that after so many others. */
void alloc_fail_after(unsigned others);

/* Whether it has failed; from now on none will. */
bool alloc_has_failed(void);

/* How many allocations have not been freed. */
size_t alloc_live(void);

#endif
