/* The mailbox, one thread: order, capacity, memory, time. */
#include <stdlib.h>
#include <string.h>

#include "mailbox.h"
#include "unit.h"

static const uint64_t most = (UINT64_C(1) << 61) - 1; /* the largest capacity that the ABI lets through */

static struct mailbox box;

static void begin(uint64_t capacity) {
    mailbox_reset(&box, capacity);
}

static void end(void) {
    mailbox_reset(&box, 0);
}

static bool put(uint64_t number) {
    return mailbox_put(&box, &(NetMeshOsDaemonControl){(int)(number % 100) + 6, number, (float)number / 2});
}

static void check_event(const NetMeshOsDaemonControl *event, uint64_t number) {
    CHECK_INT(event->kind, (int)(number % 100) + 6);
    CHECK_U64(event->grace_period_ms, number);
    CHECK(event->level == (float)number / 2);
}

static void check_none(const NetMeshOsDaemonControl *event) {
    static const NetMeshOsDaemonControl none;
    CHECK(memcmp(event, &none, sizeof none) == 0); /* padding too */
}

/* Takes with the calls in turn: none of them differs when an event waits. */
static void take(uint64_t number) {
    NetMeshOsDaemonControl event;
    memset(&event, 0xA5, sizeof event);
    if (number % 3 == 0)
        mailbox_try_take(&box, &event);
    else
        mailbox_take(&box, number % 3 == 1 ? 0 : UINT64_MAX, &event);
    check_event(&event, number);
}

static void take_none(void) {
    NetMeshOsDaemonControl event;
    memset(&event, 0xA5, sizeof event);
    mailbox_try_take(&box, &event);
    check_none(&event);
}

static void events_come_in_order(void) {
    begin(1000);
    for (uint64_t i = 0; i < 1000; i++)
        CHECK(put(i));
    for (uint64_t i = 0; i < 1000; i++)
        take(i);
    take_none();
    end();
}

static void nothing_is_all_zeroes(void) {
    begin(8);
    take_none();
    put(1);
    take(1);
    take_none();
    end();
}

/* An event that has been compared as bytes must not show what was there before. */
static void padding_is_zero(void) {
    begin(2);
    for (uint64_t i = 1; i < 10; i++) {
        NetMeshOsDaemonControl event, plain;
        memset(&event, 0xA5, sizeof event);
        memset(&plain, 0, sizeof plain);
        put(i);
        mailbox_try_take(&box, &event);
        plain.kind = event.kind;
        plain.grace_period_ms = event.grace_period_ms;
        plain.level = event.level;
        CHECK(memcmp(&event, &plain, sizeof plain) == 0);
    }
    end();
}

static void the_newest_is_refused_when_full(void) {
    static const uint64_t capacities[] = {1, 2, 3, 4, 5, 7, 8, 9, 100};
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        uint64_t capacity = capacities[c], next = 0, taken = 0;
        unit_about("capacity %llu", (unsigned long long)capacity);
        begin(capacity);
        while (next < capacity)
            CHECK(put(next++));
        for (int i = 0; i < 3; i++)
            CHECK(!put(999));
        for (int i = 0; i < 50; i++) { /* room for one, wherever the ring begins */
            take(taken++);
            CHECK(put(next++));
            CHECK(!put(999));
        }
        while (taken < next)
            take(taken++);
        take_none();
        end();
    }
}

static void a_capacity_of_none_takes_none(void) {
    begin(0);
    CHECK(!put(1));
    take_none();
    end();
}

static void memory_grows_with_what_waits(void) {
    begin(most);
    CHECK(box.ring == NULL);
    for (uint64_t i = 0; i < 3000; i++) {
        CHECK(put(i));
        CHECK(box.size <= 4 || box.size <= 2 * (i + 1));
    }
    for (uint64_t i = 0; i < 3000; i++)
        take(i);
    take_none();
    end();
    CHECK(box.ring == NULL);
    begin(6);
    for (uint64_t i = 0; i < 6; i++)
        CHECK(put(i));
    CHECK_U64(box.size, 6); /* no more than can ever wait */
    end();
}

static void it_is_a_queue(void) {
    struct rng r = rng_new(1);
    for (int round = 0; round < 300; round++) {
        uint64_t capacity = rng_below(&r, 4) ? 1 + rng_below(&r, 70) : most;
        uint64_t first = 0, next = 0; /* the model: those between wait */
        uint64_t bias = 1 + rng_below(&r, 9);
        begin(capacity);
        for (int step = 0; step < 400; step++) {
            if (rng_below(&r, 10) < bias) {
                bool fits = next - first < capacity;
                CHECK(put(next) == fits);
                next += fits;
            } else if (first < next) {
                take(first++);
            } else {
                take_none();
            }
            CHECK(mailbox_is_empty(&box) == (first == next));
        }
        end();
    }
}

static void an_end_lets_what_waits_be_taken(void) {
    begin(4);
    put(1);
    put(2);
    mailbox_end(&box);
    mailbox_end(&box);
    put(4); /* SHUTDOWN of a daemon whose SDK has ended comes so late */
    take(1);
    take(2);
    take(4);
    NetMeshOsDaemonControl event;
    const uint64_t timeouts[] = {0, 1, 60000, UINT64_MAX};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        memset(&event, 0xA5, sizeof event);
        mailbox_take(&box, timeouts[i], &event); /* without end if it waited */
        check_none(&event);
    }
    mailbox_await_readers(&box);
    end();
}

static void a_reset_empties(void) {
    begin(4);
    put(1);
    put(2);
    mailbox_end(&box);
    mailbox_reset(&box, 2);
    CHECK(mailbox_is_empty(&box));
    take_none();
    CHECK(!box.ended);
    for (uint64_t i = 0; i < 2; i++)
        CHECK(put(i));
    CHECK(!put(2));
    take(0);
    end();
}

static void no_memory_refuses_and_keeps_the_rest(void) {
    begin(100);
    for (uint64_t i = 0, taken = 0; i < 40; i++) {
        alloc_fail_after(0);
        bool fits = put(i);
        CHECK(alloc_has_failed() == !fits);
        if (!fits)
            CHECK(put(i));
        if (i % 4 == 0)
            take(taken++);
        if (i == 39)
            while (taken < 40)
                take(taken++);
    }
    take_none();
    end();
}

/* Each event is its kind; - expects a refusal of the next one, and = what waits at the end. A letter is a kind that
 * nothing replaces. */
static void a_full_mailbox_keeps_what_counts(void) {
    static const struct {
        uint64_t capacity;
        const char *story;
    } stories[] = {
        {4, "2323=2323"},                    /* not full: all are kept */
        {4, "23234=34"}, {4, "45454=4"},   /* the newest of those that follow each other */
        {4, "2424-7=2424"}, {4, "4242-7=4242"},
        {1, "23=3"}, {1, "2-4=2"}, {1, "45454=4"},
        {3, "7845-2=785"},
        {3, "7891=7891"}, {3, "789-2=789"}, {3, "7891-2-4=7891"}, /* a place of its own */
        {3, "78911=7891"}, {3, "111111=1111"}, {3, "2451=251"}, {0, "1-2=1"},
    };
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        const char *s = stories[i].story;
        unit_about("%s", s);
        begin(stories[i].capacity);
        uint64_t number = 0, last = 0, newest = 0;
        for (; *s && *s != '='; s++) {
            bool refused = *s == '-';
            s += refused;
            CHECK(mailbox_put(&box, &(NetMeshOsDaemonControl){*s - '0', ++number, 0}) == !refused);
            newest = *s == '1' ? number : newest;
        }
        for (s += *s == '='; *s; s++) {
            NetMeshOsDaemonControl event;
            mailbox_try_take(&box, &event);
            CHECK_INT(event.kind, *s - '0');
            CHECK(event.grace_period_ms > last);
            last = event.grace_period_ms;
            if (!s[1] && event.kind == 1)
                CHECK_U64(last, newest); /* of several the newest grace time counts */
        }
        end();
    }
}

static void a_timeout_is_never_early(void) {
    begin(4);
    const uint64_t timeouts[] = {1, 2, 7, 30, 999, 1001};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        NetMeshOsDaemonControl event;
        memset(&event, 0xA5, sizeof event);
        uint64_t began = now_ns();
        mailbox_take(&box, timeouts[i], &event);
        uint64_t took = now_ns() - began;
        unit_about("%llu ms", (unsigned long long)timeouts[i]);
        CHECK(took >= timeouts[i] * 1000000);
        check_none(&event);
    }
    end();
}

const struct test mailbox_tests[] = {
    {"mailbox: events come in order", events_come_in_order},
    {"mailbox: nothing is all zeroes", nothing_is_all_zeroes},
    {"mailbox: padding is zero", padding_is_zero},
    {"mailbox: the newest is refused when full", the_newest_is_refused_when_full},
    {"mailbox: a capacity of none takes none", a_capacity_of_none_takes_none},
    {"mailbox: memory grows with what waits", memory_grows_with_what_waits},
    {"mailbox: it is a queue (random)", it_is_a_queue},
    {"mailbox: an end lets what waits be taken", an_end_lets_what_waits_be_taken},
    {"mailbox: a reset empties", a_reset_empties},
    {"mailbox: no memory refuses and keeps the rest", no_memory_refuses_and_keeps_the_rest},
    {"mailbox: a full one keeps what counts", a_full_mailbox_keeps_what_counts},
    {"mailbox: a timeout is never early", a_timeout_is_never_early},
    {NULL, NULL},
};
