/* The unit in which costs are given. */
#ifndef BENCH_UNIT_H
#define BENCH_UNIT_H

/* One unit in ns: an uncontended pthread mutex lock and unlock, in a process that has more than one thread, as glibc
 * takes a shorter way in one that hasn't. For one thread at a time. */
double unit_ns(void);

#endif
