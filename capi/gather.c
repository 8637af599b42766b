#define _GNU_SOURCE
#include "gather.h"

#include <sched.h>
#include <string.h>

#include "_cgo_export.h"
#include "checks.h"
#include "locks.h"
#include "run.h"
#include "timed.h"

enum {
    MOST_POSTS = 64,    /* that one thread takes */
    MOST_BYTES = 512,   /* of an event that is copied to be taken */
    LONGEST_NS = 100000,   /* that it waits for the others: less than it takes to store what they post */
    LONGEST_TURN_NS = 2000000 /* and for its turn: more than that takes mostly, and so little that nobody minds */
};

/* The post of a thread, on its stack. Whoever takes it writes its end under the lock, and doesn't touch it again. */
struct posting {
    struct posting *next;
    NetMeshOsEvent event;
    uint8_t payload[MOST_BYTES];
    pthread_mutex_t lock;
    pthread_cond_t ended;
    enum { WAITS, ENDED, ALONE } state;
    bool accepted;
    enum meshos_error error;
    char words[MESHOS_MESSAGE_SIZE]; /* of the error; "": the standing ones */
};

/* Where the posts to a daemon meet. One to another daemon that has the same place meanwhile is posted alone. */
static struct place {
    _Alignas(64) pthread_mutex_t lock; /* guards what follows, except that the two counts are read without it */
    const struct sdk_cell *sdk;
    uint64_t daemon_id;
    _Atomic unsigned inside; /* threads whose posts haven't returned */
    _Atomic unsigned taken;  /* posts that are in Go */
    struct posting *first, **end;
    unsigned count;    /* of those in the list */
    bool gathering;    /* a thread waits for others to take */
    unsigned inside_go; /* threads that have taken some */
    pthread_cond_t turn;
    bool monotonic; /* what timed_init has said of it */
} places[LOCKS];

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_places(void) {
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&places[i].lock, NULL);
        places[i].monotonic = timed_init(&places[i].turn);
    }
}

static struct place *place_of(const struct sdk_cell *s, uint64_t daemon_id) {
    pthread_once(&once, make_places);
    return &places[((daemon_id ^ s->slot.index) * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - LOCKS_BITS)];
}

static void fill(struct posting *p, const NetMeshOsEvent *e) {
    p->next = NULL;
    p->event = *e;
    if (e->payload_len > 0)
        memcpy(p->payload, e->payload, e->payload_len);
    p->event.payload = p->payload;
    p->state = WAITS;
    p->accepted = false;
    p->error = MESHOS_OK;
    p->words[0] = '\0';
}

enum role { TAKES, JOINS, GOES_ALONE };

/* The place's lock is held. */
static enum role enter(struct place *at, const struct sdk_cell *s, uint64_t daemon_id, struct posting *p) {
    if (at->inside == 0) {
        at->sdk = s;
        at->daemon_id = daemon_id;
    } else if (at->sdk != s || at->daemon_id != daemon_id) {
        return GOES_ALONE;
    }
    at->inside++;
    enum role role = at->gathering && at->count < MOST_POSTS ? JOINS : TAKES;
    if (role == TAKES && at->gathering) {
        at->inside--;
        return GOES_ALONE;
    }
    if (role == TAKES) {
        at->gathering = true;
        at->count = 0;
        at->end = &at->first;
    }
    *at->end = p;
    at->end = &p->next;
    at->count++;
    return role;
}

/* Waits while two are in Go: one whose events are on their way, and one whose events go next. A third couldn't do
 * anything there but wait, and keep the others from joining. */
static void await_turn(struct place *at) {
    const uint64_t until = monotonic_ns() + LONGEST_TURN_NS;
    const struct timespec deadline = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
    border_lock(&at->lock);
    while (at->inside_go >= 2 && timed_wait(&at->turn, &at->lock, &deadline, at->monotonic))
        continue;
    border_unlock(&at->lock);
}

/* Waits until all have come who are not in Go: those whose posts have just ended come again maybe. */
static void gather(struct place *at) {
    const uint64_t until = monotonic_ns() + LONGEST_NS;
    for (;;) {
        border_lock(&at->lock);
        const unsigned count = at->count;
        border_unlock(&at->lock);
        if (count >= MOST_POSTS || count + at->taken >= at->inside || monotonic_ns() >= until)
            return;
        sched_yield();
    }
}

static struct posting *close_list(struct place *at, unsigned *count) {
    border_lock(&at->lock);
    struct posting *first = at->first;
    *count = at->count;
    at->taken += *count;
    at->inside_go++;
    at->gathering = false;
    at->first = NULL;
    border_unlock(&at->lock);
    return first;
}

static void end(struct posting *p, bool accepted, enum meshos_error error, bool alone) {
    const char *words = accepted ? NULL : meshos_error_given();
    pthread_mutex_lock(&p->lock);
    if (words)
        strncpy(p->words, words, sizeof p->words - 1);
    p->accepted = accepted;
    p->error = accepted ? MESHOS_OK : error;
    p->state = alone ? ALONE : ENDED;
    pthread_cond_signal(&p->ended);
    pthread_mutex_unlock(&p->lock);
}

/* Takes all posts into Go; the first is the caller's own. */
static void take(struct place *at, struct sdk_cell *s, uint64_t daemon_id) {
    await_turn(at);
    gather(at);
    unsigned count;
    struct posting *p = close_list(at, &count);
    NetMeshOsEvent events[MOST_POSTS];
    size_t accepted = 0, n = 0;
    for (const struct posting *q = p; q; q = q->next)
        events[n++] = q->event;
    enum meshos_error error = goPost(s, daemon_id, events, n, &accepted);
    border_lock(&at->lock);
    at->taken -= count;
    at->inside_go--;
    if (at->gathering)
        pthread_cond_signal(&at->turn);
    border_unlock(&at->lock);
    /* One of the events may be the reason, so each hears its own. */
    const bool alone = error == MESHOS_E_ARGUMENT && n > 1;
    for (size_t i = 0; i < n; i++) {
        struct posting *next = p->next; /* it may be gone then */
        end(p, i < accepted, error, alone && i >= accepted);
        p = next;
    }
    meshos_error_forget();
}

static void wait(struct posting *p) {
    pthread_mutex_lock(&p->lock);
    while (p->state == WAITS)
        pthread_cond_wait(&p->ended, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static bool can_be_copied(const struct sdk_cell *s, const NetMeshOsEvent *e) {
    return e->payload_len <= MOST_BYTES && e->payload_len <= s->max_payload;
}

bool gather_post(struct sdk_cell *s, uint64_t daemon_id, const NetMeshOsEvent *event, size_t *accepted,
                 enum meshos_error *error) {
    if (!can_be_copied(s, event))
        return false;
    struct posting p;
    fill(&p, event);
    struct place *at = place_of(s, daemon_id);
    int cancel = cancel_off();
    border_lock(&at->lock);
    enum role role = enter(at, s, daemon_id, &p);
    if (role == GOES_ALONE) {
        border_unlock(&at->lock);
        cancel_restore(cancel);
        return false;
    }
    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.ended, NULL);
    border_unlock(&at->lock);
    border_enter();
    if (role == TAKES)
        take(at, s, daemon_id);
    wait(&p);
    at->inside--;
    border_end();
    pthread_cond_destroy(&p.ended);
    pthread_mutex_destroy(&p.lock);
    cancel_restore(cancel);
    *error = p.error;
    *accepted = p.accepted;
    if (p.words[0])
        meshos_error_text(p.words, strlen(p.words));
    return p.state == ENDED;
}
