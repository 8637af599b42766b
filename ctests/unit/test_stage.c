/* The stage: what posts put into it, and what they leave to Go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "border.h"

static struct sdk_cell *s;
static struct daemon_cell *d;
static uint64_t id;

static void begin(int64_t room) {
    calls_begin();
    s = slot_peek(&sdk_table, (uintptr_t)sdk);
    d = slot_peek(&daemon_table, (uintptr_t)handle);
    id = net_meshos_handle_daemon_id(handle);
    s->max_payload = 1 << 20;
    s->inbox_capacity = 100;
    atomic_store(&d->stage.room, room);
    stage_open(d);
    go_reset();
}

/* As Go does it: Free in stage.go. */
static void chunk_give_back(struct chunk *c) {
    if (c->class == CHUNK_CLASSES) {
        free(c);
        return;
    }
    struct chunk *head = atomic_load(&chunks_given_back);
    do
        c->next = head;
    while (!atomic_compare_exchange_weak(&chunks_given_back, &head, c));
}

static void give_back(struct chunk *c) {
    while (c) {
        struct chunk *next = c->next;
        chunk_give_back(c);
        c = next;
    }
}

static void end(void) {
    stage_close(d);
    give_back(stage_take(d));
    calls_end();
}

static int post(const NetMeshOsEvent *events, size_t n, size_t *accepted) {
    *accepted = 77;
    return net_meshos_ext_post(sdk, id, events, n, accepted);
}

/* The events of all chunks, in order: sequences from first on, each with a payload
 * that has its sequence at both ends. Returns how many. */
static uint64_t check_events(struct chunk *c, uint64_t first) {
    uint64_t n = 0;
    for (; c; c = c->next) {
        CHECK(c->count > 0 && c->count <= RUN_BATCH);
        for (uint32_t i = 0; i < c->count; i++, n++) {
            const struct event_meta *m = &c->metas[i];
            const uint8_t *payload = (const uint8_t *)c + m->offset;
            CHECK_U64(m->sequence, first + n);
            CHECK(m->offset + m->length <= c->size);
            CHECK(m->length == 0 || (payload[0] == (uint8_t)m->sequence && payload[m->length - 1] == (uint8_t)m->sequence));
        }
    }
    return n;
}

static uint8_t bytes[1 << 18];

static NetMeshOsEvent event_of(uint64_t sequence, size_t length) {
    if (length > 0)
        bytes[0] = bytes[length - 1] = (uint8_t)sequence;
    return (NetMeshOsEvent){1, sequence, length > 0 ? bytes : NULL, length};
}

static void an_open_stage_takes_events(void) {
    begin(100);
    static const size_t lengths[] = {0, 1, 64, 5000, 100000, 3, 0, 200000, 64};
    size_t n = sizeof lengths / sizeof *lengths, accepted;
    for (size_t i = 0; i < n; i++) {
        NetMeshOsEvent e = event_of(i, lengths[i]);
        EXPECT(post(&e, 1, &accepted), 0, NULL);
        CHECK_U64(accepted, 1);
    }
    CHECK_U64(go.calls, 0);
    CHECK_U64(atomic_load(&d->stage.staged), n);
    CHECK_INT(atomic_load(&d->stage.room), 100 - (int64_t)n);
    CHECK_INT(atomic_load(&s->waiting.events), (int64_t)n);
    struct chunk *c = stage_take(d);
    CHECK_U64(check_events(c, 0), n);
    give_back(c);
    CHECK(!stage_take(d));
    CHECK_U64(atomic_load(&d->stage.staged), 0);
    end();
}

static void a_full_inbox_is_said_without_go(void) {
    begin(2);
    NetMeshOsEvent events[3] = {event_of(0, 0), event_of(1, 0), event_of(2, 0)};
    size_t accepted;
    EXPECT(post(events, 3, &accepted), -2, "queue_full");
    CHECK_U64(accepted, 2);
    EXPECT(post(events, 3, &accepted), -2, "queue_full");
    CHECK_U64(accepted, 0);
    char wanted[200];
    snprintf(wanted, sizeof wanted, "the inbox of daemon %#llx is full at 100 events: post the 3 others later",
             (unsigned long long)id);
    CHECK_TEXT(net_meshos_last_error_message(), wanted);
    CHECK_U64(go.calls, 0);
    atomic_store(&d->stage.room, -5); /* Go's inboxes take more than fit, to end a circle */
    EXPECT(post(events, 1, &accepted), -2, "queue_full");
    CHECK_INT(atomic_load(&d->stage.room), -5);
    end();
}

/* What a stage does not take goes to Go. */
static void asks_go(const char *why, int status) {
    unit_about("%s", why);
    CHECK_INT(status, 0);
    CHECK_TEXT(go.last, "goPost");
    CHECK_U64(atomic_load(&d->stage.staged), 0);
    go_reset();
    unit_about(NULL);
}

static void go_is_asked_about_all_else(void) {
    begin(1000);
    size_t accepted;
    static NetMeshOsEvent many[300];
    NetMeshOsEvent one = event_of(0, 3), large = event_of(0, 1000);
    asks_go("too many at once", post(many, 300, &accepted));
    asks_go("nothing", post(&one, 0, &accepted));
    s->max_payload = 999;
    asks_go("a payload above the bound", post(&large, 1, &accepted));
    NetMeshOsEvent heavy[3] = {event_of(0, 100000), event_of(0, 100000), event_of(0, 100000)};
    s->max_payload = 1 << 20;
    asks_go("too many bytes at once", post(heavy, 3, &accepted));
    asks_go("another daemon", net_meshos_ext_post(sdk, id + 1, &one, 1, &accepted));
    asks_go("another daemon on the same way", net_meshos_ext_post(sdk, id + (1 << 16), &one, 1, &accepted));
    stage_close(d);
    asks_go("a closed stage", post(&one, 1, &accepted));
    stage_open(d);
    EXPECT(post(&one, 1, &accepted), 0, NULL);
    CHECK_U64(go.calls, 0);
    NetMeshOsEvent bad = {1, 1, NULL, 5};
    EXPECT(post(&bad, 1, &accepted), -3, "invalid_argument");
    CHECK_U64(accepted, 0);
    border.inside = 1;
    EXPECT(post(&one, 1, &accepted), -2, "invalid_state");
    border.inside = 0;
    CHECK_U64(atomic_load(&d->stage.staged), 1);
    end();
}

/* Without memory for the rest, the rest is Go's to answer for. */
static void lack_of_memory_is_gos_to_report(void) {
    begin(1000);
    NetMeshOsEvent events[4];
    size_t accepted;
    for (size_t i = 0; i < 4; i++)
        events[i] = event_of(0, 700);
    alloc_fail_after(2);
    EXPECT(post(events, 4, &accepted), 0, NULL);
    bool failed = alloc_has_failed();
    uint64_t staged = atomic_load(&d->stage.staged);
    CHECK(failed ? staged < 4 && accepted >= staged : staged == 4);
    CHECK_INT(atomic_load(&d->stage.room), 1000 - (int64_t)staged);
    CHECK_INT(atomic_load(&s->waiting.events), (int64_t)staged);
    end();
}

static void go_is_told_once_many_wait(void) {
    begin(1000);
    atomic_store(&s->waiting.mark, 3);
    NetMeshOsEvent events[4] = {event_of(0, 0), event_of(1, 0), event_of(2, 0), event_of(3, 0)};
    size_t accepted;
    EXPECT(post(events, 2, &accepted), 0, NULL);
    CHECK_U64(go.calls, 0);
    EXPECT(post(events, 4, &accepted), 0, NULL);
    CHECK_TEXT(go.last, "goMarkPassed");
    CHECK_U64(ARGUMENT(waiting), 6);
    CHECK_U64(go.calls, 1);
    end();
}

enum { POSTERS = 4, POSTS = 20000 };

static void *post_many(void *number) {
    uint64_t me = (uintptr_t)number;
    for (uint64_t i = 0; i < POSTS; i++) {
        uint8_t payload[24];
        memset(payload, (int)me, sizeof payload);
        NetMeshOsEvent e = {me, i, payload, i % sizeof payload};
        size_t accepted = 0;
        while (accepted == 0)
            net_meshos_ext_post(sdk, id, &e, 1, &accepted);
    }
    return NULL;
}

static void *take_all(void *nothing) {
    (void)nothing;
    uint64_t next[POSTERS] = {0}, taken = 0;
    while (taken < POSTERS * POSTS) {
        struct chunk *all = stage_take(d), *after;
        for (struct chunk *c = all; c; c = after) {
            after = c->next;
            for (uint32_t i = 0; i < c->count; i++) {
                const struct event_meta *m = &c->metas[i];
                NEED(m->origin < POSTERS);
                CHECK_U64(m->sequence, next[m->origin]++);
                const uint8_t *payload = (const uint8_t *)c + m->offset;
                for (uint64_t k = 0; k < m->length; k++)
                    CHECK(payload[k] == m->origin);
            }
            taken += c->count;
            atomic_fetch_add(&d->stage.room, c->count);
            chunk_give_back(c);
        }
    }
    return NULL;
}

/* Several posters and one that takes: nothing is lost or out of order, and there is
 * never more than fits. */
static void posts_and_takes_at_once(void) {
    begin(50);
    pthread_t taker = thread_start(take_all, NULL);
    threads_run(POSTERS, post_many);
    thread_join(taker);
    CHECK_INT(atomic_load(&d->stage.room), 50);
    CHECK_INT(atomic_load(&s->waiting.events), POSTERS * POSTS);
    CHECK_U64(go.calls, 0);
    end();
}

const struct test stage_tests[] = {
    {"stage: an open one takes events", an_open_stage_takes_events},
    {"stage: a full inbox is said without Go", a_full_inbox_is_said_without_go},
    {"stage: Go is asked about all else", go_is_asked_about_all_else},
    {"stage: a lack of memory is Go's to report", lack_of_memory_is_gos_to_report},
    {"stage: Go is told once many wait", go_is_told_once_many_wait},
    {"stage: posts and takes at once", posts_and_takes_at_once},
    {NULL, NULL},
};
