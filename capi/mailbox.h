/* The control mailbox of one daemon. Go puts events in; a host thread that
 * waits for one waits here and costs no Go thread. */
#ifndef MESHOS_MAILBOX_H
#define MESHOS_MAILBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/* Its memory is all zeroes at first. It is small, because most daemons get no
 * event, ever: what a reader waits with is the reader's. What receives use comes
 * first, next to the cell's other such fields: see cells.h. */
struct mailbox {
    _Atomic unsigned readers; /* see mailbox_enter */
    atomic_bool quick;        /* a reader is where it does not wait, see mailbox_enter_quickly */
    /* The lock guards what follows but for reads of ended and waiting. */
    atomic_bool ended;        /* readers don't wait: the SDK or the handle has ended */
    _Atomic size_t waiting;   /* events in the ring */
    NetMeshOsDaemonControl *ring; /* of `size`; NULL until the first event */
    size_t size, head;
    uint64_t capacity;
    struct sleeper *first, *last; /* readers that wait for an event and have not been woken */
    pthread_cond_t *left;     /* signalled when the last reader has left; NULL: nobody waits for that */
    unsigned sleepers;        /* readers that wait for an event */
};

/* The mailbox's lock, which others may have too: a thread that holds it takes no
 * other mailbox's. */
pthread_mutex_t *mailbox_lock(const struct mailbox *m);

/* Empties the mailbox for a new daemon. */
void mailbox_reset(struct mailbox *m, uint64_t capacity);

/* False: full (or out of memory), the event is not kept. SHUTDOWN finds a place even in a full mailbox, and there
 * an event that the next one replaces makes room. */
bool mailbox_put(struct mailbox *m, const NetMeshOsDaemonControl *event);

/* Readers don't wait any longer; what waits can still be taken. */
void mailbox_end(struct mailbox *m);

/* Around each receive: enter before the handle is found valid, leave when the
 * event is in the host's memory. Sequentially consistent, as are slot_close and
 * slot_is: of a reader that enters and then looks whether its handle is valid,
 * and a call that makes it invalid and then looks for readers, one sees the
 * other. */
void mailbox_enter(struct mailbox *m);
void mailbox_wake_awaiter(struct mailbox *m);

/* The same for one reader at a time, which must not wait in between: at the cost
 * of one locked instruction. False: another is there. */
static inline bool mailbox_enter_quickly(struct mailbox *m) {
    return !atomic_exchange(&m->quick, true);
}

static inline void mailbox_leave_quickly(struct mailbox *m) {
    atomic_store_explicit(&m->quick, false, memory_order_release);
}

static inline void mailbox_leave(struct mailbox *m) {
    if (atomic_fetch_sub(&m->readers, 1) == 1 && atomic_load(&m->ended))
        mailbox_wake_awaiter(m);
}

/* After mailbox_end and once the handle is invalid: returns when no reader
 * writes to the host's memory any more. */
void mailbox_await_readers(struct mailbox *m);

/* Whether nothing waits; needs no lock. */
static inline bool mailbox_is_empty(struct mailbox *m) {
    return atomic_load_explicit(&m->waiting, memory_order_relaxed) == 0;
}

/* Takes the oldest event, or sets *out to zeroes. */
void mailbox_try_take(struct mailbox *m, NetMeshOsDaemonControl *out);

/* The same, but waits for an event at most timeout_ms; 0: without end. */
void mailbox_take(struct mailbox *m, uint64_t timeout_ms, NetMeshOsDaemonControl *out);

#endif
