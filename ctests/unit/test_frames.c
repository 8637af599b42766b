/* Frames: inside which callbacks a thread is. */
#include "frames.h"
#include "unit.h"

static void frames_nest(void) {
    static struct daemon_cell a, b;
    struct frame first, second, third;
    CHECK(frame_current() == NULL);
    frame_enter(&first, &a);
    CHECK(frame_current() == &first && first.daemon == &a && first.outer == NULL);
    frame_enter(&second, NULL); /* a log function, say */
    frame_enter(&third, &b);
    const struct frame *f = frame_current();
    CHECK(f == &third && f->daemon == &b);
    CHECK(f->outer == &second && f->outer->daemon == NULL);
    CHECK(f->outer->outer == &first && f->outer->outer->outer == NULL);
    frame_leave(&third);
    CHECK(frame_current() == &second);
    frame_leave(&second);
    CHECK(frame_current() == &first);
    frame_leave(&first);
    CHECK(frame_current() == NULL);
}

static void *nest_deeply(void *number) {
    static struct daemon_cell cells[8];
    struct daemon_cell *mine = &cells[(uintptr_t)number];
    CHECK(frame_current() == NULL); /* whatever the other threads are in */
    struct frame frames[100];
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 100; i++)
            frame_enter(&frames[i], mine);
        size_t depth = 0;
        for (const struct frame *f = frame_current(); f; f = f->outer, depth++)
            CHECK(f->daemon == mine);
        CHECK_U64(depth, 100);
        for (size_t i = 100; i > 0; i--)
            frame_leave(&frames[i - 1]);
    }
    CHECK(frame_current() == NULL);
    return NULL;
}

static void each_thread_has_its_own(void) {
    static struct daemon_cell mine;
    struct frame f;
    frame_enter(&f, &mine);
    threads_run(8, nest_deeply);
    CHECK(frame_current() == &f);
    frame_leave(&f);
}

const struct test frames_tests[] = {
    {"frames: they nest", frames_nest},
    {"frames: each thread has its own", each_thread_has_its_own},
    {NULL, NULL},
};
