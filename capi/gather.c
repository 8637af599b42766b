#include "gather.h"

#include <sched.h>
#include <string.h>

#include "_cgo_export.h"
#include "bell.h"
#include "checks.h"
#include "locks.h"
#include "run.h"
#include "timed.h"

enum {
    MOST_POSTS = 64,          /* that one thread takes */
    MOST_BYTES = 512,         /* of an event that is copied to be taken */
    BELLS = 4,                /* lists at a time, mostly: one in Go, and one that grows */
    LONGEST_NS = 100000,      /* that it waits for the others: less than it takes to store what they post */
    LONGEST_TURN_NS = 2000000 /* and for its turn: more than that takes mostly, and so little that nobody minds */
};

enum { WAITS, ENDED, ALONE };

/* The post of a thread, on its stack. Whoever takes it doesn't touch it again once it has written the state. */
struct posting {
    struct posting *next;
    NetMeshOsEvent event;
    uint8_t payload[MOST_BYTES];
    struct place *place;
    struct bell *bell; /* rings when it has ended */
    _Atomic int state; /* one of the above */
    bool accepted;
    enum meshos_error error;
    char words[MESHOS_MESSAGE_SIZE + 4]; /* of the error, to be cut between characters; "": the standing ones */
};

/* Where the posts to a daemon meet. One to another daemon that has the same place meanwhile is posted alone. */
static struct place {
    _Alignas(64) pthread_mutex_t lock; /* guards what follows; what is atomic is read without it */
    const struct sdk_cell *sdk;
    uint64_t daemon_id;
    _Atomic unsigned inside; /* threads whose posts haven't returned */
    _Atomic unsigned taken;  /* posts that are in Go */
    _Atomic unsigned count;  /* posts in the list */
    struct posting *first, **end;
    bool gathering;          /* a thread waits for others to take */
    _Atomic uintptr_t taker; /* the thread that will take the list; 0: there is none */
    uintptr_t last_taker;    /* that took the one before; it may have ended */
    unsigned inside_go;      /* lists that are in Go */
    pthread_cond_t turn;
    bool monotonic;     /* what timed_init has said of it */
    unsigned lists;     /* how many have been begun */
    struct bell bells[BELLS];
} places[LOCKS];

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_places(void) {
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&places[i].lock, NULL);
        places[i].monotonic = timed_init(&places[i].turn);
        for (size_t k = 0; k < BELLS; k++)
            bell_init(&places[i].bells[k]);
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
    atomic_init(&p->state, WAITS);
    p->accepted = false;
    p->error = MESHOS_OK;
    p->words[0] = '\0';
}

static uintptr_t self(void) {
    return (uintptr_t)pthread_self();
}

static bool takes(const struct place *at) {
    return at->taker == self();
}

enum role { TAKES, JOINS, GOES_ALONE };

/* The place's lock is held. The thread that took the last list takes the next from whoever gathers it: one that has been
 * in Go keeps one of Go's processors, and with all of them kept by such threads Go's scheduler wakes every 20 us to take
 * one away. */
static enum role enter(struct place *at, const struct sdk_cell *s, uint64_t daemon_id, struct posting *p) {
    if (at->inside == 0) {
        at->sdk = s;
        at->daemon_id = daemon_id;
    } else if (at->sdk != s || at->daemon_id != daemon_id) {
        return GOES_ALONE;
    }
    if (at->gathering && at->count >= MOST_POSTS)
        return GOES_ALONE;
    at->inside++;
    enum role role = at->gathering && at->last_taker != self() ? JOINS : TAKES;
    if (role == TAKES)
        at->taker = self();
    if (!at->gathering) {
        at->gathering = true;
        at->count = 0;
        at->lists++;
        at->end = &at->first;
    }
    p->place = at;
    p->bell = &at->bells[at->lists % BELLS];
    *at->end = p;
    at->end = &p->next;
    at->count++;
    return role;
}

/* Waits while a list is in Go: the next couldn't do anything there but wait, and keep others from joining. */
static void await_turn(struct place *at) {
    const uint64_t until = monotonic_ns() + LONGEST_TURN_NS;
    const struct timespec deadline = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
    border_lock(&at->lock);
    while (takes(at) && at->inside_go > 0 && timed_wait(&at->turn, &at->lock, &deadline, at->monotonic))
        continue;
    border_unlock(&at->lock);
}

/* Waits until all have come who are not in Go: those whose posts have just ended come again maybe. */
static void gather(struct place *at) {
    const uint64_t until = monotonic_ns() + LONGEST_NS;
    for (;;) {
        const unsigned count = at->count;
        if (!takes(at) || count >= MOST_POSTS || count + at->taken >= at->inside || monotonic_ns() >= until)
            return;
        sched_yield();
    }
}

/* NULL: another thread takes it. */
static struct posting *close_list(struct place *at) {
    border_lock(&at->lock);
    struct posting *first = NULL;
    if (takes(at)) {
        first = at->first;
        at->last_taker = self();
        at->taken += at->count;
        at->inside_go++;
        at->gathering = false;
        at->taker = 0;
        at->first = NULL;
    }
    border_unlock(&at->lock);
    return first;
}

struct posting *posting_next(const struct posting *p) {
    return p->next;
}

const NetMeshOsEvent *posting_event(const struct posting *p) {
    return &p->event;
}

static void end(struct posting *p, bool accepted, enum meshos_error error, bool alone) {
    p->accepted = accepted;
    p->error = accepted ? MESHOS_OK : error;
    atomic_store_explicit(&p->state, alone ? ALONE : ENDED, memory_order_release);
}

static void give_words(struct posting *p, const char *words, size_t length) {
    const size_t n = length < sizeof p->words ? length : sizeof p->words - 1;
    if (n > 0)
        memcpy(p->words, words, n);
    p->words[n] = '\0';
}

/* Lets the next list into Go. Returns the length of this one. */
static size_t leave(struct place *at, const struct posting *first) {
    size_t n = 0;
    for (const struct posting *p = first; p; p = p->next)
        n++;
    pthread_mutex_lock(&at->lock);
    at->taken -= (unsigned)n;
    at->inside_go--;
    if (at->gathering)
        pthread_cond_broadcast(&at->turn); /* to those, too, who don't take any more */
    pthread_mutex_unlock(&at->lock);
    return n;
}

void gather_end(struct posting *first, size_t accepted, enum meshos_error error, const char *words, size_t length) {
    const size_t n = leave(first->place, first);
    const bool alone = error == MESHOS_E_ARGUMENT && n > 1; /* one of the events is the reason: each hears its own */
    struct bell *bell = first->bell;
    struct posting *p = first;
    for (size_t i = 0; i < n; i++) {
        struct posting *next = p->next; /* p may be gone once it has ended */
        if (i >= accepted)
            give_words(p, words, length);
        end(p, i < accepted, error, alone && i >= accepted);
        p = next;
    }
    bell_ring(bell);
}

/* Takes all posts into Go, unless another thread does. */
static void take(struct place *at, struct sdk_cell *s, uint64_t daemon_id) {
    await_turn(at);
    gather(at);
    struct posting *first = close_list(at);
    if (!first)
        return;
    enum meshos_error error = goPostLater(s, daemon_id, first);
    if (error) {
        const char *words = meshos_error_given();
        gather_end(first, 0, error, words, words ? strlen(words) : 0);
        meshos_error_forget();
    }
}

static int state_of(const struct posting *p) {
    return atomic_load_explicit(&p->state, memory_order_acquire);
}

static void await_end(const struct posting *p) {
    while (state_of(p) == WAITS) {
        unsigned rung = bell_heard(p->bell);
        if (state_of(p) == WAITS)
            bell_wait(p->bell, rung);
    }
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
    border_enter(); /* until the end: a handler must not post where this thread takes */
    pthread_mutex_lock(&at->lock);
    enum role role = enter(at, s, daemon_id, &p);
    pthread_mutex_unlock(&at->lock);
    if (role == GOES_ALONE) {
        border_end();
        cancel_restore(cancel);
        return false;
    }
    if (role == TAKES)
        take(at, s, daemon_id);
    await_end(&p);
    at->inside--;
    border_end();
    cancel_restore(cancel);
    *error = p.error;
    *accepted = p.accepted;
    if (p.words[0])
        meshos_error_text(p.words, strlen(p.words));
    return state_of(&p) == ENDED;
}
