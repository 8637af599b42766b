#define _GNU_SOURCE
#include "stage.h"

#include "_cgo_export.h"
#include "checks.h"
#include "locks.h"

enum {
    WAYS = 1 << 16,
    MOST_EVENTS = 256, /* of one post: more would keep others waiting for the lock */
};
#define MOST_BYTES (UINT64_C(1) << 18) /* the same */

/* Neighbouring cells have different ones. */
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP /* it is held for nanoseconds: better to spin than to sleep */
#define LOCK() {.lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP}
#else
#define LOCK() {.lock = PTHREAD_MUTEX_INITIALIZER}
#endif
static struct lock_line locks[LOCKS] = LOCKS_OF(LOCK);

pthread_mutex_t *stage_lock(const struct daemon_cell *d) {
    return &locks[d->slot.index % LOCKS].lock;
}

/* Where the stage of a daemon may be. Two daemons can have the same way: then it
 * leads to the one whose stage was opened last, and posts to the other ask Go. */
static _Atomic(struct daemon_cell *) ways[WAYS];

static _Atomic(struct daemon_cell *) *way_to(const struct sdk_cell *s, uint64_t daemon_id) {
    return &ways[(daemon_id + s->slot.index * UINT64_C(0x9e3779b97f4a7c15)) % WAYS];
}

struct daemon_cell *stage_way(const struct sdk_cell *s, uint64_t daemon_id) {
    return atomic_load_explicit(way_to(s, daemon_id), memory_order_acquire);
}

void stage_note_way(struct daemon_cell *d) {
    atomic_store_explicit(way_to(d->sdk, d->id), d, memory_order_release);
}

/* Whether all events can be taken as they are. */
static bool all_fit(const struct sdk_cell *s, const NetMeshOsEvent *events, size_t n) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        if ((!events[i].payload && events[i].payload_len > 0) || events[i].payload_len > s->max_payload)
            return false;
        bytes += events[i].payload_len;
        if (bytes > MOST_BYTES)
            return false;
    }
    return true;
}

/* The chunk for the next event. NULL: no memory. */
static struct chunk *chunk_for(struct stage *g, uint64_t length) {
    if (g->last && chunk_fits(g->last, length))
        return g->last;
    struct chunk *c = chunk_take(g->class, length);
    if (!c)
        return NULL;
    if (g->last)
        g->last->next = c;
    else
        g->first = c;
    g->last = c;
    if (g->class < CHUNK_CLASSES - 1)
        g->class++;
    return c;
}

/* Copies events for which there is room; the lock is held. Returns how many. */
static size_t add(struct stage *g, const NetMeshOsEvent *events, size_t n) {
    size_t added = 0;
    for (; added < n; added++) {
        const NetMeshOsEvent *e = &events[added];
        const uint64_t length = e->payload_len;
        struct chunk *c = chunk_for(g, length);
        if (!c)
            break;
        chunk_add(c, e->origin_hash, e->sequence, e->payload, length);
    }
    return added;
}

/* Takes as much room as there is, at most n; the lock is held. Only posts take
 * some here, but Go takes and gives some at the same time. */
static size_t take_room(struct stage *g, size_t n) {
    int64_t room = atomic_load_explicit(&g->room, memory_order_relaxed), most;
    do
        most = room <= 0 ? 0 : (uint64_t)room < n ? room : (int64_t)n;
    while (most > 0 && !atomic_compare_exchange_weak(&g->room, &room, room - most));
    return (size_t)most;
}

static bool is_for(const struct daemon_cell *d, const struct sdk_cell *s, uintptr_t sdk, uint64_t daemon_id) {
    return atomic_load_explicit(&d->stage.open, memory_order_acquire) && d->sdk == s &&
           atomic_load_explicit(&d->id, memory_order_relaxed) == daemon_id && slot_is(s, sdk);
}

/* Puts events into an open stage, whose lock is held. Returns whether Go wants to
 * know how many events wait now, which is *waiting. */
static bool put(struct daemon_cell *d, struct sdk_cell *s, const NetMeshOsEvent *events, size_t n,
                struct staged *result, int64_t *waiting) {
    struct stage *g = &d->stage;
    size_t room = take_room(g, n), took = add(g, events, room);
    *result = (struct staged){took < room ? STAGE_ASK_GO : room < n ? STAGE_FULL : STAGE_TOOK, took, s->inbox_capacity};
    if (took < room)
        atomic_fetch_add(&g->room, (int64_t)(room - took));
    if (took == 0)
        return false;
    *waiting = atomic_fetch_add(&s->waiting.events, (int64_t)took) + (int64_t)took;
    /* Release: whoever finds them counted finds them in the inbox's way. */
    atomic_fetch_add_explicit(&g->staged, took, memory_order_release);
    return *waiting >= atomic_load_explicit(&s->waiting.mark, memory_order_relaxed);
}

struct staged stage_post(uintptr_t sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n) {
    struct staged result = {STAGE_ASK_GO, 0, 0};
    struct sdk_cell *s = slot_peek(&sdk_table, sdk);
    if (!s || !events || n == 0 || n > MOST_EVENTS || border_is_inside())
        return result;
    struct daemon_cell *d = stage_way(s, daemon_id);
    if (!d || !atomic_load_explicit(&d->stage.open, memory_order_relaxed) || !all_fit(s, events, n))
        return result;
    int64_t waiting = 0;
    border_lock(stage_lock(d));
    bool passed = is_for(d, s, sdk, daemon_id) && put(d, s, events, n, &result, &waiting);
    if (passed)
        slot_share(s);
    border_unlock(stage_lock(d));
    if (passed) {
        CROSS_SILENTLY(goMarkPassed(s, waiting));
        slot_drop(&sdk_table, s);
    }
    return result;
}

void stage_open(struct daemon_cell *d) {
    stage_note_way(d);
    atomic_store_explicit(&d->stage.open, true, memory_order_release);
}

struct chunk *stage_take(struct daemon_cell *d) {
    border_lock(stage_lock(d));
    struct chunk *chunks = d->stage.first;
    d->stage.first = d->stage.last = NULL;
    if (d->stage.class > 0)
        d->stage.class--;
    atomic_store_explicit(&d->stage.staged, 0, memory_order_relaxed);
    border_unlock(stage_lock(d));
    return chunks;
}

void stage_close(struct daemon_cell *d) {
    border_lock(stage_lock(d));
    atomic_store_explicit(&d->stage.open, false, memory_order_relaxed);
    border_unlock(stage_lock(d));
    chunks_trim();
}
