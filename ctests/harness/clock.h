/* Clocks, in nanoseconds but where a name says otherwise. On any thread. */
#ifndef HARNESS_CLOCK_H
#define HARNESS_CLOCK_H

#include <stdint.h>

#define US UINT64_C(1000)
#define MS (1000 * US)
#define SECOND (1000 * MS)

/* CLOCK_MONOTONIC. */
uint64_t now_ns(void);
uint64_t now_ms(void);

/* Processor time that all threads of this process have used. */
uint64_t cpu_ns(void);

/* Sleeps for that long, signals or not. For what is measured over a time, never to wait for something. */
void sleep_ns(uint64_t ns);

#endif
