/* Cancellation of the calling thread. One that pthread_cancel ended in the midst
 * of a call would take with it what the call holds: a lock, a place among the
 * readers, a thread of Go's. So cancellation is off wherever C or Go may come to
 * a cancellation point, the host's callbacks included; a request acts after the
 * call. What comes to none, as most calls that stay in C, needs nothing. */
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
