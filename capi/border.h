/* What a thread of the host needs around its way into Go, and how a signal handler
 * is kept from going there twice. */
#ifndef MESHOS_BORDER_H
#define MESHOS_BORDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Static TLS, as in errors.c. */
struct border {
    unsigned inside; /* how deep the thread is in what no signal handler may enter again */
    bool ready;      /* it has been prepared for Go */
    bool ending;     /* it has begun to end */
    uint64_t mask;   /* the signals that it had blocked when it was looked at last */
};
extern _Thread_local struct border border __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Whether a call comes from a signal handler that has interrupted another one of
 * this thread. */
static inline bool border_is_inside(void) {
    return border.inside > 0;
}

/* The fences are for handlers on the same thread, and cost nothing. */
static inline void border_begin(void) {
    border.inside++;
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void border_end(void) {
    atomic_signal_fence(memory_order_seq_cst);
    border.inside--;
}

/* A callback is outside: its calls are no handler's. Returns what border_resume
 * wants. */
static inline unsigned border_suspend(void) {
    unsigned inside = border.inside;
    atomic_signal_fence(memory_order_seq_cst);
    border.inside = 0;
    return inside;
}

static inline void border_resume(unsigned inside) {
    border.inside = inside;
    atomic_signal_fence(memory_order_seq_cst);
}

/* Before the first crossing of a thread: see stacks.c. */
void border_prepare(void);

static inline void border_enter(void) {
    border_begin();
    if (!border.ready)
        border_prepare();
}

/* A lock that a handler must not want while the thread has it. */
static inline void border_lock(pthread_mutex_t *lock) {
    border_begin();
    pthread_mutex_lock(lock);
}

static inline void border_unlock(pthread_mutex_t *lock) {
    pthread_mutex_unlock(lock);
    border_end();
}

#endif
