/* Time, and the unit in which costs are told. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

/* In ns. */
#define US UINT64_C(1000)
#define MS (1000 * US)
#define SECOND (1000 * MS)

uint64_t clock_ns(void);

/* What all threads of the process have used of processors. */
uint64_t clock_cpu_ns(void);

void clock_sleep(uint64_t ns);

/* One unit in ns: an uncontended pthread mutex lock and unlock, in a process
 * that has more than one thread, as glibc takes a shorter way in one that hasn't. */
double clock_unit(void);

#endif
