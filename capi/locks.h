/* A table of locks for things of which there are too many to have one each: few
 * enough to cost nothing, many enough that threads rarely meet at one.
 *
 *     #define LOCK() {PTHREAD_MUTEX_INITIALIZER}
 *     static struct lock_line locks[LOCKS] = LOCKS_OF(LOCK); */
#ifndef MESHOS_LOCKS_H
#define MESHOS_LOCKS_H

#include <pthread.h>

enum { LOCKS = 64, LOCKS_BITS = 6 };

/* A cache line each. */
struct lock_line {
    _Alignas(64) pthread_mutex_t lock;
};

#define LOCKS_4(lock) lock(), lock(), lock(), lock()
#define LOCKS_16(lock) LOCKS_4(lock), LOCKS_4(lock), LOCKS_4(lock), LOCKS_4(lock)
#define LOCKS_OF(lock) {LOCKS_16(lock), LOCKS_16(lock), LOCKS_16(lock), LOCKS_16(lock)}

#endif
