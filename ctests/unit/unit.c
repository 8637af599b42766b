#include "unit.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* No test needs nearly as long, not even with a sanitizer on a busy machine. */
enum { TIME_LIMIT_S = 300 };

static const struct test *const suites[] = {
#define SUITE(name) name##_tests,
#include "suites.inc"
#undef SUITE
};

static atomic_uint failures;
static uint64_t seed;
static atomic_bool seed_used;
static _Thread_local char about[200];

void unit_about(const char *format, ...) {
    about[0] = '\0';
    if (!format)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(about, sizeof about, format, arguments);
    va_end(arguments);
}

static void fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void fail(const char *file, int line, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* The first failures say it all. */
    if (atomic_fetch_add(&failures, 1) < 20)
        printf("%s:%d: %s%s%s%s\n", file, line, text, *about ? " [" : "", about, *about ? "]" : "");
    fflush(stdout);
}

unsigned unit_failures(void) {
    return atomic_load(&failures);
}

bool unit_check(const char *file, int line, const char *what, bool holds) {
    if (!holds)
        fail(file, line, "%s does not hold", what);
    return holds;
}

bool unit_check_u64(const char *file, int line, const char *what, uint64_t actual, uint64_t expected) {
    if (actual != expected)
        fail(file, line, "%s is %llu (%#llx), not %llu (%#llx)", what, (unsigned long long)actual,
             (unsigned long long)actual, (unsigned long long)expected, (unsigned long long)expected);
    return actual == expected;
}

bool unit_check_int(const char *file, int line, const char *what, long long actual, long long expected) {
    if (actual != expected)
        fail(file, line, "%s is %lld, not %lld", what, actual, expected);
    return actual == expected;
}

bool unit_check_text(const char *file, int line, const char *what, const char *actual, const char *expected) {
    bool same = actual && expected ? strcmp(actual, expected) == 0 : actual == expected;
    if (!same)
        fail(file, line, "%s is %s, not %s", what, actual ? actual : "NULL", expected ? expected : "NULL");
    return same;
}

void unit_need(const char *file, int line, const char *what, bool holds) {
    if (!unit_check(file, line, what, holds))
        _exit(1);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t rng_next(struct rng *r) {
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

struct rng rng_new(uint64_t stream) {
    atomic_store(&seed_used, true);
    struct rng r = {seed ^ stream << 40};
    r.state = rng_next(&r);
    return r;
}

uint64_t rng_below(struct rng *r, uint64_t limit) {
    return rng_next(r) % limit;
}

uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

pthread_t thread_start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, function, argument) == 0);
    return thread;
}

void thread_join(pthread_t thread) {
    NEED(pthread_join(thread, NULL) == 0);
}

void threads_run(unsigned count, void *(*function)(void *)) {
    pthread_t threads[64];
    NEED(count <= sizeof threads / sizeof *threads);
    for (uintptr_t i = 0; i < count; i++)
        threads[i] = thread_start(function, (void *)i);
    for (unsigned i = 0; i < count; i++)
        thread_join(threads[i]);
}

static int list(void) {
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        for (const struct test *t = suites[i]; t->name; t++)
            puts(t->name);
    return 0;
}

static const struct test *find(const char *name) {
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        for (const struct test *t = suites[i]; t->name; t++)
            if (strcmp(t->name, name) == 0)
                return t;
    return NULL;
}

static uint64_t choose_seed(void) {
    const char *given = getenv("UNIT_SEED");
    if (given && *given)
        return strtoull(given, NULL, 0);
    return (now_ns() ^ (uint64_t)getpid() << 20) & 0xFFFFFFFFu;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s list | TEST\n", argv[0]);
        return 2;
    }
    if (strcmp(argv[1], "list") == 0)
        return list();
    const struct test *test = find(argv[1]);
    if (!test) {
        fprintf(stderr, "there is no test '%s'\n", argv[1]);
        return 2;
    }
    seed = choose_seed();
    alarm(TIME_LIMIT_S);
    setvbuf(stdout, NULL, _IOLBF, 0);
    test->run();
    if (atomic_load(&seed_used))
        printf("seed %llu\n", (unsigned long long)seed);
    return unit_failures() > 0;
}
