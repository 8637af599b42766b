#define _GNU_SOURCE
#include "bell.h"

#ifdef __linux__
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

void bell_init(struct bell *b) {
    atomic_init(&b->rung, 0);
}

void bell_ring(struct bell *b) {
    atomic_fetch_add_explicit(&b->rung, 1, memory_order_release);
    syscall(SYS_futex, &b->rung, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void bell_wait(struct bell *b, unsigned heard) {
    syscall(SYS_futex, &b->rung, FUTEX_WAIT_PRIVATE, heard, NULL, NULL, 0);
}
#else
void bell_init(struct bell *b) {
    atomic_init(&b->rung, 0);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->rings, NULL);
}

void bell_ring(struct bell *b) {
    pthread_mutex_lock(&b->lock);
    atomic_fetch_add_explicit(&b->rung, 1, memory_order_release);
    pthread_cond_broadcast(&b->rings);
    pthread_mutex_unlock(&b->lock);
}

void bell_wait(struct bell *b, unsigned heard) {
    pthread_mutex_lock(&b->lock);
    while (atomic_load_explicit(&b->rung, memory_order_relaxed) == heard)
        pthread_cond_wait(&b->rings, &b->lock);
    pthread_mutex_unlock(&b->lock);
}
#endif
