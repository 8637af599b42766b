/* Cancellation of the calling thread. If pthread_cancel ended a thread inside a
 * call, what the call holds would be lost: a lock, a place among the readers, a
 * thread of Go's. So cancellation is off wherever C or Go may reach a
 * cancellation point, the host's callbacks included, and a request takes effect
 * after the call. Code that reaches none, like most calls that stay in C, needs
 * nothing. */
#ifndef MESHOS_CANCEL_H
#define MESHOS_CANCEL_H

#include <pthread.h>

/* Returns the state to go back to, so that these nest. */
static inline int cancel_off(void) {
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

static inline void cancel_restore(int before) {
    int unused;
    pthread_setcancelstate(before, &unused);
}

#endif
