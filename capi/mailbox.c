#include "mailbox.h"

#include <string.h>
#include <time.h>

#include "border.h"
#include "cancel.h"
#include "locks.h"
#include "memory.h"
#include "timed.h"

/* A wait that is longer than any process lives is one without end; it must not
 * overflow a timespec. 2^40 ms are 34 years. */
#define FOR_EVER_MS (UINT64_C(1) << 40)

#define LOCK() {.lock = PTHREAD_MUTEX_INITIALIZER}
static struct lock_line locks[LOCKS] = LOCKS_OF(LOCK);

/* Fibonacci hashing, as in strings.c. */
pthread_mutex_t *mailbox_lock(const struct mailbox *m) {
    return &locks[(uint64_t)(uintptr_t)m * UINT64_C(0x9E3779B97F4A7C15) >> (64 - LOCKS_BITS)].lock;
}

static void lock(const struct mailbox *m) {
    border_lock(mailbox_lock(m));
}

static void unlock(const struct mailbox *m) {
    border_unlock(mailbox_lock(m));
}

/* A reader that waits for an event. It is in the mailbox's queue until it is
 * woken, and on the stack of its thread. */
struct sleeper {
    pthread_cond_t woken;
    bool queued;
    struct sleeper *next;
};

static void enqueue(struct mailbox *m, struct sleeper *s) {
    s->queued = true;
    s->next = NULL;
    if (m->first)
        m->last->next = s;
    else
        m->first = s;
    m->last = s;
}

static void dequeue(struct mailbox *m, struct sleeper *s) {
    struct sleeper **link = &m->first, *before = NULL;
    while (*link != s) {
        before = *link;
        link = &before->next;
    }
    *link = s->next;
    if (m->last == s)
        m->last = before;
    s->queued = false;
}

/* Wakes the reader that has waited longest, if one waits. */
static void wake_one(struct mailbox *m) {
    struct sleeper *s = m->first;
    if (s) {
        dequeue(m, s);
        pthread_cond_signal(&s->woken);
    }
}

void mailbox_reset(struct mailbox *m, uint64_t capacity) {
    lock(m);
    memory_free(m->ring);
    m->ring = NULL;
    m->size = m->head = 0;
    m->capacity = capacity;
    atomic_store_explicit(&m->waiting, 0, memory_order_relaxed);
    atomic_store(&m->ended, false);
    unlock(m);
}

/* Doubles the ring, at most to the capacity and a place for SHUTDOWN; the lock is held. */
static bool grow(struct mailbox *m) {
    size_t size = m->size ? m->size * 2 : 4;
    if (size > m->capacity)
        size = (size_t)m->capacity + (m->size == m->capacity);
    NetMeshOsDaemonControl *ring = memory_zeroed(size, sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < m->size; i++)
        ring[i] = m->ring[(m->head + i) % m->size];
    memory_free(m->ring);
    m->ring = ring;
    m->size = size;
    m->head = 0;
    return true;
}

/* Field by field: what a caller has in the padding stays with it, and the ring's
 * is zero. */
static void copy_fields(NetMeshOsDaemonControl *to, const NetMeshOsDaemonControl *from) {
    to->kind = from->kind;
    to->grace_period_ms = from->grace_period_ms;
    to->level = from->level;
}

static NetMeshOsDaemonControl *at(const struct mailbox *m, size_t index) {
    return &m->ring[(m->head + index) % m->size];
}

static bool is_backpressure(const NetMeshOsDaemonControl *e) {
    return e->kind == NET_MESHOS_CONTROL_BACKPRESSURE_ON || e->kind == NET_MESHOS_CONTROL_BACKPRESSURE_OFF;
}

static bool is_drain(const NetMeshOsDaemonControl *e) {
    return e->kind == NET_MESHOS_CONTROL_DRAIN_START || e->kind == NET_MESHOS_CONTROL_DRAIN_FINISH;
}

static bool replaces(const NetMeshOsDaemonControl *after, const NetMeshOsDaemonControl *before) {
    return (is_backpressure(after) && is_backpressure(before)) || (is_drain(after) && is_drain(before));
}

/* Removes the events that the one after them replaces; `next` comes after all. Returns how many are left; the lock
 * is held. */
static size_t merge(struct mailbox *m, size_t waiting, const NetMeshOsDaemonControl *next) {
    size_t kept = 0;
    for (size_t i = 0; i < waiting; i++) {
        if (replaces(i + 1 < waiting ? at(m, i + 1) : next, at(m, i)))
            continue;
        if (kept != i)
            copy_fields(at(m, kept), at(m, i));
        kept++;
    }
    return kept;
}

/* The newest SHUTDOWN that waits; there is one. */
static NetMeshOsDaemonControl *waiting_shutdown(struct mailbox *m, size_t waiting) {
    while (at(m, waiting - 1)->kind != NET_MESHOS_CONTROL_SHUTDOWN)
        waiting--;
    return at(m, waiting - 1);
}

/* Where an event goes that is put behind the others, NULL: there is no room. */
static NetMeshOsDaemonControl *place_behind(struct mailbox *m, size_t waiting) {
    return waiting < m->size || grow(m) ? at(m, waiting) : NULL;
}

/* As control.Put of Go does, which says what the rules are. */
bool mailbox_put(struct mailbox *m, const NetMeshOsDaemonControl *event) {
    lock(m);
    size_t waiting = atomic_load_explicit(&m->waiting, memory_order_relaxed);
    if (waiting >= m->capacity)
        waiting = merge(m, waiting, event);
    NetMeshOsDaemonControl *place = NULL;
    bool more = waiting <= m->capacity;
    if (waiting < m->capacity || (event->kind == NET_MESHOS_CONTROL_SHUTDOWN && more))
        place = place_behind(m, waiting);
    else if (event->kind == NET_MESHOS_CONTROL_SHUTDOWN)
        place = waiting_shutdown(m, waiting);
    if (place)
        copy_fields(place, event);
    waiting += place && more;
    atomic_store_explicit(&m->waiting, waiting, memory_order_relaxed);
    if (place)
        wake_one(m);
    unlock(m);
    return place;
}

void mailbox_end(struct mailbox *m) {
    lock(m);
    atomic_store(&m->ended, true);
    while (m->first)
        wake_one(m);
    unlock(m);
}

void mailbox_enter(struct mailbox *m) {
    atomic_fetch_add(&m->readers, 1);
}

void mailbox_wake_awaiter(struct mailbox *m) {
    lock(m);
    if (m->left)
        pthread_cond_signal(m->left);
    unlock(m);
}

/* Only the one call that has made the handle invalid comes here. */
void mailbox_await_readers(struct mailbox *m) {
    int cancel = cancel_off();
    lock(m);
    if (atomic_load(&m->readers) > 0) {
        pthread_cond_t left = PTHREAD_COND_INITIALIZER;
        m->left = &left;
        while (atomic_load(&m->readers) > 0)
            pthread_cond_wait(&left, mailbox_lock(m));
        m->left = NULL;
        pthread_cond_destroy(&left);
    }
    unlock(m);
    /* A quick reader has a few instructions left, and signals nothing. To sleep
     * lets it run even where this thread has a higher priority. */
    while (atomic_load(&m->quick))
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    cancel_restore(cancel);
}

/* Takes the oldest event into *event, which is all zeroes; the lock is held. */
static void take(struct mailbox *m, NetMeshOsDaemonControl *event) {
    size_t waiting = atomic_load_explicit(&m->waiting, memory_order_relaxed);
    if (waiting == 0)
        return;
    memcpy(event, &m->ring[m->head], sizeof *event);
    m->head = (m->head + 1) % m->size;
    atomic_store_explicit(&m->waiting, waiting - 1, memory_order_relaxed);
}

/* The host's memory is written without the lock: should it turn out to be none,
 * the mailbox stays usable for a host that survives that. The padding is written
 * too, so that the struct can be compared as bytes. */
static void hand_out(NetMeshOsDaemonControl *out, const NetMeshOsDaemonControl *event) {
    memcpy(out, event, sizeof *out);
}

void mailbox_try_take(struct mailbox *m, NetMeshOsDaemonControl *out) {
    NetMeshOsDaemonControl event;
    memset(&event, 0, sizeof event);
    lock(m);
    take(m, &event);
    unlock(m);
    hand_out(out, &event);
}

static struct timespec after_ms(uint64_t ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

static bool must_wait(struct mailbox *m) {
    return mailbox_is_empty(m) && !atomic_load_explicit(&m->ended, memory_order_relaxed);
}

/* Returns when there is an event, the mailbox has ended or the deadline, if
 * there is one, has passed; the lock is held. */
static void await_event(struct mailbox *m, const struct timespec *deadline) {
    int cancel = cancel_off();
    struct sleeper self = {.queued = false};
    bool monotonic = timed_init(&self.woken);
    m->sleepers++;
    while (must_wait(m)) {
        if (!self.queued) /* anew, if another reader has taken what it was woken for */
            enqueue(m, &self);
        if (!deadline)
            pthread_cond_wait(&self.woken, mailbox_lock(m));
        else if (!timed_wait(&self.woken, mailbox_lock(m), deadline, monotonic))
            break;
    }
    if (self.queued)
        dequeue(m, &self);
    m->sleepers--;
    pthread_cond_destroy(&self.woken);
    cancel_restore(cancel);
}

void mailbox_take(struct mailbox *m, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    bool bounded = timeout_ms != 0 && timeout_ms < FOR_EVER_MS;
    struct timespec deadline = {0};
    NetMeshOsDaemonControl event;
    memset(&event, 0, sizeof event);
    if (bounded)
        deadline = after_ms(timeout_ms);
    lock(m);
    if (must_wait(m))
        await_event(m, bounded ? &deadline : NULL);
    take(m, &event);
    unlock(m);
    hand_out(out, &event);
}
