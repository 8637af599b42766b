#include "strings.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "abi.h"
#include "border.h"
#include "errors.h"
#include "fork.h"
#include "memory.h"

/* What has been handed out is kept in sets, one for each kind, so that a free
 * can tell a block of its kind from any other pointer without looking at the
 * memory behind it. Each set is a hash table with open addressing, at most half
 * full; there are several so that threads rarely meet at one lock. */
enum kind { TEXT, BYTES, KINDS };
enum { SETS = 16, SMALLEST = 16 };

struct set {
    pthread_mutex_t lock;
    uintptr_t *places; /* 0: free */
    size_t size, used; /* size is a power of two, or 0 */
};

#define SET {.lock = PTHREAD_MUTEX_INITIALIZER}
#define ALL_SETS {SET, SET, SET, SET, SET, SET, SET, SET, SET, SET, SET, SET, SET, SET, SET, SET}
static struct set sets[KINDS][SETS] = {ALL_SETS, ALL_SETS};

/* Fibonacci hashing: the high bits are the good ones (Knuth, TAOCP 3, 6.4). */
static uint64_t hash(uintptr_t p) {
    return (uint64_t)p * UINT64_C(0x9E3779B97F4A7C15);
}

static struct set *set_of(enum kind kind, uintptr_t p) {
    return &sets[kind][hash(p) >> 60];
}

static size_t home(const struct set *s, uintptr_t p) {
    return (size_t)(hash(p) >> 24) & (s->size - 1);
}

/* The place of p, or the free place where the search for it ends. */
static size_t find(const struct set *s, uintptr_t p) {
    size_t i = home(s, p);
    while (s->places[i] != 0 && s->places[i] != p)
        i = (i + 1) & (s->size - 1);
    return i;
}

static bool grow(struct set *s) {
    struct set bigger = {.size = s->size ? s->size * 2 : SMALLEST};
    bigger.places = memory_zeroed(bigger.size, sizeof *bigger.places);
    if (!bigger.places)
        return false;
    for (size_t i = 0; i < s->size; i++)
        if (s->places[i] != 0)
            bigger.places[find(&bigger, s->places[i])] = s->places[i];
    memory_free(s->places);
    s->places = bigger.places;
    s->size = bigger.size;
    return true;
}

static bool add(enum kind kind, uintptr_t p) {
    struct set *s = set_of(kind, p);
    border_lock(&s->lock);
    bool fits = s->used * 2 < s->size || grow(s);
    if (fits) {
        s->places[find(s, p)] = p;
        s->used++;
    }
    border_unlock(&s->lock);
    return fits;
}

/* Frees a place, moving up those behind it that would no longer be found. */
static void vacate(struct set *s, size_t hole) {
    size_t mask = s->size - 1;
    for (size_t i = (hole + 1) & mask; s->places[i] != 0; i = (i + 1) & mask) {
        size_t distance = (i - home(s, s->places[i])) & mask;
        if (distance >= ((i - hole) & mask)) {
            s->places[hole] = s->places[i];
            hole = i;
        }
    }
    s->places[hole] = 0;
    if (--s->used == 0) {
        memory_free(s->places);
        s->places = NULL;
        s->size = 0;
    }
}

static bool take_back(enum kind kind, uintptr_t p) {
    struct set *s = set_of(kind, p);
    border_lock(&s->lock);
    bool ours = false;
    if (s->size > 0) {
        size_t i = find(s, p);
        ours = s->places[i] == p;
        if (ours)
            vacate(s, i);
    }
    border_unlock(&s->lock);
    return ours;
}

static void *hand_out(enum kind kind, const void *from, size_t length) {
    char *copy = memory_take(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, from, length);
    copy[length] = '\0';
    if (!add(kind, (uintptr_t)copy)) {
        memory_free(copy);
        return NULL;
    }
    return copy;
}

char *text_hand_out(const char *text, size_t length) {
    return hand_out(TEXT, text, length);
}

uint8_t *bytes_hand_out(const void *bytes, size_t length) {
    return hand_out(BYTES, bytes, length);
}

static void free_handed_out(enum kind kind, void *p) {
    /* A forked child may have inherited a lock that nobody will release. */
    if (!p || meshos_forked())
        return;
    if (border_is_inside())
        meshos_fail(MESHOS_E_INTERRUPTED);
    else if (take_back(kind, (uintptr_t)p))
        memory_free(p);
}

void net_meshos_free_string(char *s) {
    free_handed_out(TEXT, s);
}

void net_meshos_ext_free_bytes(uint8_t *bytes, size_t len) {
    (void)len; /* the library knows */
    free_handed_out(BYTES, bytes);
}
