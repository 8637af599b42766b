#define _GNU_SOURCE
#include "clock.h"

#include <time.h>

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t now_ms(void) {
    return now_ns() / MS;
}

uint64_t cpu_ns(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void sleep_ns(uint64_t ns) {
    uint64_t until = now_ns() + ns;
    struct timespec t = {.tv_sec = (time_t)(until / SECOND), .tv_nsec = (long)(until % SECOND)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        continue;
}
