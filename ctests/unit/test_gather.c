/* Single posts to a daemon of a mesh, which threads take into Go for each other. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "calls.h"
#include "cells.h"

enum { THREADS = 16, POSTS = 100 };

static _Atomic bool together;             /* one call of Go's had the posts of several threads */
static _Atomic unsigned char stored[THREADS][POSTS];
static uint64_t deadline;

static void begin(void) {
    calls_begin();
    struct sdk_cell *s = slot_peek(&sdk_table, (uintptr_t)sdk);
    NEED(s != NULL);
    s->meshed = true;
    s->max_payload = 900;
    go.many = true;
    together = false;
    memset(&stored, 0, sizeof stored);
    deadline = now_ns() + 60000000000u;
}

/* The payload says which post it is. */
struct number {
    unsigned thread, post;
};

static int post(unsigned thread, unsigned number, size_t *accepted) {
    struct number payload = {thread, number};
    NetMeshOsEvent e = {thread, number, (const uint8_t *)&payload, sizeof payload};
    return net_meshos_ext_post(sdk, 7, &e, 1, accepted);
}

/* Stores what comes before the first event that it refuses, as Go does. */
static enum meshos_error store(const NetMeshOsEvent *events, size_t n, size_t *accepted, uint64_t refused,
                               enum meshos_error error, const char *words) {
    if (n > 1)
        together = true;
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL); /* as storing does take some time */
    for (size_t i = 0; i < n; i++) {
        struct number p;
        memcpy(&p, events[i].payload, sizeof p);
        CHECK(events[i].payload_len == sizeof p && p.thread == events[i].origin_hash && p.post == events[i].sequence);
        if (refused && p.post % refused == 1) {
            *accepted = error == MESHOS_E_ARGUMENT ? 0 : i;
            meshos_error_text(words, strlen(words));
            return error;
        }
        if (error != MESHOS_E_ARGUMENT)
            stored[p.thread][p.post]++;
    }
    for (size_t i = 0; error == MESHOS_E_ARGUMENT && i < n; i++)
        stored[events[i].origin_hash][events[i].sequence]++;
    *accepted = n;
    return MESHOS_OK;
}

static void check_all_stored_once(uint64_t refused) {
    for (unsigned t = 0; t < THREADS; t++)
        for (unsigned i = 0; i < POSTS; i++)
            CHECK_U64(stored[t][i], refused && i % refused == 1 ? 0 : 1);
}

static enum meshos_error all_are_stored(const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    return store(events, n, accepted, 0, MESHOS_OK, NULL);
}

static void *post_until_together(void *number) {
    do
        for (unsigned i = 0; i < POSTS; i++) {
            size_t accepted = 0;
            CHECK_INT(post((unsigned)(uintptr_t)number, i, &accepted), 0);
            CHECK_U64(accepted, 1);
            stored[(uintptr_t)number][i]--;
        }
    while (!together && now_ns() < deadline);
    return NULL;
}

static void threads_take_the_posts_of_others(void) {
    begin();
    go.post = all_are_stored;
    threads_run(THREADS, post_until_together);
    CHECK(together);
    for (unsigned t = 0; t < THREADS; t++)
        for (unsigned i = 0; i < POSTS; i++)
            CHECK_U64(stored[t][i], 0); /* each time it was stored once, and taken off */
    calls_end();
}

static enum meshos_error some_find_no_room(const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    return store(events, n, accepted, 5, MESHOS_E_QUEUE_FULL, "no room for this one");
}

/* Those behind one that found no room have not been stored either, and are told so: they post again. */
static void *post_until_stored(void *number) {
    for (unsigned i = 0; i < POSTS; i++)
        for (unsigned tries = 1; ; tries++) {
            size_t accepted = 2;
            int status = post((unsigned)(uintptr_t)number, i, &accepted);
            if (status == 0) {
                CHECK_U64(accepted, 1);
                CHECK(i % 5 != 1 && net_meshos_last_error_kind() == NULL);
                break;
            }
            CHECK_INT(status, -2);
            CHECK_U64(accepted, 0);
            CHECK_TEXT(net_meshos_last_error_kind(), "queue_full");
            CHECK_TEXT(net_meshos_last_error_message(), "no room for this one");
            if (i % 5 == 1 || now_ns() > deadline)
                break;
        }
    return NULL;
}

static void each_thread_hears_what_came_of_its_own(void) {
    begin();
    go.post = some_find_no_room;
    threads_run(THREADS, post_until_stored);
    check_all_stored_once(5);
    calls_end();
}

static enum meshos_error some_are_wrong(const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    return store(events, n, accepted, 5, MESHOS_E_ARGUMENT, "this one is wrong");
}

static void *post_once(void *number) {
    for (unsigned i = 0; i < POSTS; i++) {
        size_t accepted = 2;
        EXPECT(post((unsigned)(uintptr_t)number, i, &accepted), i % 5 == 1 ? -3 : 0, i % 5 == 1 ? "invalid_argument" : NULL);
        CHECK_U64(accepted, i % 5 != 1);
    }
    return NULL;
}

static void a_wrong_event_is_only_its_own_threads(void) {
    begin();
    go.post = some_are_wrong;
    threads_run(THREADS, post_once);
    check_all_stored_once(5);
    calls_end();
}

static size_t longest;

static enum meshos_error note_length(const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    longest = events[0].payload_len;
    *accepted = n;
    return MESHOS_OK;
}

static void long_ones_go_alone(void) {
    static const uint8_t bytes[1000];
    begin();
    go.post = note_length;
    for (size_t length = 0; length <= sizeof bytes; length += 100) {
        size_t accepted = 0;
        NetMeshOsEvent e = {1, 1, length ? bytes : NULL, length};
        EXPECT(net_meshos_ext_post(sdk, 7, &e, 1, &accepted), 0, NULL);
        CHECK_U64(accepted, 1);
        CHECK_U64(longest, length); /* one that is too long is for Go to say */
    }
    calls_end();
}

static void what_go_does_not_take_fails(void) {
    begin();
    go.answer = MESHOS_E_PANIC;
    go.text = "there is a defect";
    size_t accepted = 2;
    EXPECT(post(1, 1, &accepted), -2, "runtime_panic");
    CHECK_TEXT(net_meshos_last_error_message(), "there is a defect");
    CHECK_U64(accepted, 0);
    calls_end();
}

const struct test gather_tests[] = {
    {"gather: threads take the posts of others", threads_take_the_posts_of_others},
    {"gather: each thread hears what came of its own", each_thread_hears_what_came_of_its_own},
    {"gather: a wrong event is only its own thread's", a_wrong_event_is_only_its_own_threads},
    {"gather: long ones go alone", long_ones_go_alone},
    {"gather: what Go doesn't take fails", what_go_does_not_take_fails},
    {NULL, NULL},
};
