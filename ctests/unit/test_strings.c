/* The texts and bytes that the host owns. That one is freed twice, or what is none of
 * ours at all, shows as a crash or to AddressSanitizer; one that is not freed, to
 * the count of allocations. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "strings.h"
#include "unit.h"

static void a_string_is_a_copy_with_a_nul(void) {
    char text[] = "metadata";
    char *s = text_hand_out(text, 8);
    NEED(s != NULL);
    memset(text, 'x', sizeof text);
    CHECK_TEXT(s, "metadata");
    s[0] = 'M'; /* it is the host's to write */
    net_meshos_free_string(s);

    s = text_hand_out("a\0b", 3);
    NEED(s != NULL);
    CHECK(memcmp(s, "a\0b", 4) == 0);
    net_meshos_free_string(s);

    s = text_hand_out("", 0);
    NEED(s != NULL);
    CHECK_TEXT(s, "");
    net_meshos_free_string(s);
}

static void what_is_not_ours_is_left_alone(void) {
    static char in_data[] = "data";
    char on_stack[] = "stack";
    char *mine = malloc(10), *ours = text_hand_out("ours", 4);
    NEED(mine && ours);
    memcpy(mine, "mine", 5);
    for (int round = 0; round < 2; round++) { /* with strings handed out, and without */
        net_meshos_free_string(NULL);
        net_meshos_free_string((char *)"literal");
        net_meshos_free_string(in_data);
        net_meshos_free_string(on_stack);
        net_meshos_free_string(mine);
        net_meshos_free_string((char *)1);
        net_meshos_free_string((char *)UINTPTR_MAX);
        if (round == 0) {
            net_meshos_free_string(ours + 1);
            net_meshos_free_string(ours - 1);
            CHECK_TEXT(ours, "ours");
            net_meshos_free_string(ours);
        }
    }
    CHECK_TEXT(mine, "mine");
    free(mine);
}

static void each_kind_has_its_own_free(void) {
    char *text = text_hand_out("text", 4);
    uint8_t *bytes = bytes_hand_out("by\0es", 5);
    NEED(text && bytes);
    size_t before = alloc_live();
    net_meshos_free_string((char *)bytes);
    net_meshos_ext_free_bytes((uint8_t *)text, 4);
    CHECK_U64(alloc_live(), before);
    CHECK_TEXT(text, "text");
    CHECK(memcmp(bytes, "by\0es", 5) == 0);
    net_meshos_free_string(text);
    net_meshos_ext_free_bytes(bytes, 999); /* the library knows the length */
    CHECK_U64(alloc_live(), 0);
}

static void free_leaves_the_last_error_alone(void) {
    net_meshos_next_control(NULL, 0, NULL);
    const char *kind = net_meshos_last_error_kind();
    CHECK_TEXT(kind, "invalid_argument");
    char *s = text_hand_out("text", 4);
    net_meshos_free_string(s);
    net_meshos_free_string((char *)"literal");
    net_meshos_free_string(NULL);
    CHECK(net_meshos_last_error_kind() == kind);
    net_meshos_clear_last_error();
    net_meshos_free_string((char *)"literal");
    CHECK(net_meshos_last_error_kind() == NULL);
}

enum { LIVE = 5000, STEPS = 60000 };

static struct {
    char *string;
    uint64_t number;
} live[LIVE];
static size_t live_count;
static char *dead[64]; /* freed ones */

static void add(uint64_t number) {
    char text[24] = {0};
    memcpy(text, &number, sizeof number);
    char *s = text_hand_out(text, sizeof text);
    NEED(s != NULL);
    live[live_count].string = s;
    live[live_count++].number = number;
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
        if (dead[i] == s)
            dead[i] = NULL; /* that memory is in use again */
}

static void take_back(size_t i, char **freed) {
    uint64_t number;
    memcpy(&number, live[i].string, sizeof number);
    CHECK_U64(number, live[i].number);
    CHECK(live[i].string[24] == '\0');
    net_meshos_free_string(live[i].string);
    *freed = live[i].string;
    live[i] = live[--live_count];
}

static void sets_keep_what_is_out(void) {
    struct rng r = rng_new(1);
    size_t before = alloc_live();
    for (uint64_t step = 0; step < STEPS; step++) {
        /* The number out swings between none and many, so that sets grow and empty. */
        uint64_t wanted = step / 10000 % 2 ? 0 : LIVE;
        char **place = &dead[rng_below(&r, sizeof dead / sizeof *dead)];
        switch (rng_below(&r, 6)) {
        case 0:
            net_meshos_free_string(*place); /* twice */
            break;
        case 1:
            net_meshos_free_string((char *)(uintptr_t)(rng_next(&r) >> rng_below(&r, 64) | 1)); /* odd: never ours */
            break;
        default:
            if (live_count < LIVE && (live_count == 0 || rng_below(&r, 10) < (live_count < wanted ? 8u : 2u)))
                add(step);
            else
                take_back(rng_below(&r, live_count), place);
        }
    }
    while (live_count > 0)
        take_back(live_count - 1, &dead[0]);
    CHECK_U64(alloc_live(), before); /* each has been found again, and the sets are empty */
}

static void no_memory_is_no_string(void) {
    size_t before = alloc_live();
    char *kept[2000];
    size_t count = 0;
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 3 < 2)
            alloc_fail_after(i % 3); /* the string, or what remembers it */
        char *s = text_hand_out("text", 4);
        CHECK(alloc_has_failed() == (s == NULL));
        if (s)
            kept[count++] = s;
    }
    CHECK(count > 1000 && count < 1334);
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(kept[i], "text");
        net_meshos_free_string(kept[i]);
    }
    CHECK_U64(alloc_live(), before);
}

/* Strings that threads hand out and free for each other. */
enum { THREADS = 6, PLACES = 32, TURNS = 8000 };

static _Atomic(char *) shared[PLACES];

static void *hand_around(void *number) {
    struct rng r = rng_new((uintptr_t)number);
    for (int i = 0; i < TURNS; i++) {
        _Atomic(char *) *place = &shared[rng_below(&r, PLACES)];
        char *s = rng_below(&r, 3) ? text_hand_out("around", 6) : NULL;
        s = atomic_exchange(place, s);
        if (s)
            CHECK_TEXT(s, "around");
        net_meshos_free_string(s);
    }
    return NULL;
}

static void threads_free_each_others(void) {
    threads_run(THREADS, hand_around);
    for (size_t i = 0; i < PLACES; i++)
        net_meshos_free_string(atomic_load(&shared[i]));
    CHECK_U64(alloc_live(), 0);
}

enum { RACERS = 4, ROUNDS = 3000 };

static pthread_barrier_t start, finish;
static char *contested;

static void *race_to_free(void *number) {
    (void)number;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&start);
        net_meshos_free_string(contested);
        pthread_barrier_wait(&finish);
    }
    return NULL;
}

static void one_of_many_frees(void) {
    pthread_barrier_init(&start, NULL, RACERS + 1);
    pthread_barrier_init(&finish, NULL, RACERS + 1);
    pthread_t threads[RACERS];
    for (int i = 0; i < RACERS; i++)
        threads[i] = thread_start(race_to_free, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        contested = text_hand_out("contested", 9);
        NEED(contested != NULL);
        pthread_barrier_wait(&start);
        pthread_barrier_wait(&finish);
    }
    for (int i = 0; i < RACERS; i++)
        thread_join(threads[i]);
    CHECK_U64(alloc_live(), 0);
}

const struct test strings_tests[] = {
    {"strings: a string is a copy with a NUL", a_string_is_a_copy_with_a_nul},
    {"strings: what is not ours is left alone", what_is_not_ours_is_left_alone},
    {"strings: each kind has its own free", each_kind_has_its_own_free},
    {"strings: free leaves the last error alone", free_leaves_the_last_error_alone},
    {"strings: the sets keep what is out (random)", sets_keep_what_is_out},
    {"strings: no memory is no string", no_memory_is_no_string},
    {"strings: threads free each other's", threads_free_each_others},
    {"strings: one of many frees", one_of_many_frees},
    {NULL, NULL},
};
