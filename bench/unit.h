/* The unit in which costs are given. */
#ifndef BENCH_UNIT_H
#define BENCH_UNIT_H

/* One unit in ns: an uncontended pthread mutex lock and unlock. The process must have more than one thread, because
 * glibc has a faster path for a single thread. For one thread at a time. */
double unit_ns(void);

#endif
