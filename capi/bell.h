/* Waiting of many threads for one thing, whose end wakes them all by one call of the system where it has such. */
#ifndef MESHOS_BELL_H
#define MESHOS_BELL_H

#include <pthread.h>
#include <stdatomic.h>

struct bell {
    _Atomic unsigned rung; /* how often */
#ifndef __linux__          /* no futexes */
    pthread_mutex_t lock;
    pthread_cond_t rings;
#endif
};

void bell_init(struct bell *b);

/* Wakes all who wait. What the caller has written before they read after. */
void bell_ring(struct bell *b);

/* How often it has rung. Who waits looks in this order: at this, at what it waits for, and then waits for the next. */
static inline unsigned bell_heard(struct bell *b) {
    return atomic_load_explicit(&b->rung, memory_order_acquire);
}

/* Returns once it has rung more often, or at any time before. */
void bell_wait(struct bell *b, unsigned heard);

#endif
