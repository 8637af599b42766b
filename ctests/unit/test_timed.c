/* Waits until a time of the monotonic clock, also where a condition can't have that
 * clock, as with winpthreads. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "mailbox.h"
#include "timed.h"
#include "unit.h"

int __real_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);
int __wrap_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);

static atomic_bool refuse;

int __wrap_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock) {
    return atomic_load(&refuse) ? EINVAL : __real_pthread_condattr_setclock(attributes, clock);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct timespec in_ms(long ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* Nobody signals: the waits are over when the deadline has passed, and not before. */
static void waits_to_the_end(long ms) {
    pthread_cond_t condition;
    const struct timespec deadline = in_ms(ms);
    bool monotonic = timed_init(&condition);
    CHECK(monotonic == !atomic_load(&refuse));
    pthread_mutex_lock(&lock);
    while (timed_wait(&condition, &lock, &deadline, monotonic))
        continue;
    pthread_mutex_unlock(&lock);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec));
    pthread_cond_destroy(&condition);
}

static void for_the_whole_time(void) {
    waits_to_the_end(20);
    waits_to_the_end(0);
    waits_to_the_end(-5000);
}

static void refused_for_the_whole_time(void) {
    atomic_store(&refuse, true);
    for_the_whole_time();
    waits_to_the_end(1100); /* longer than one wait takes */
}

static struct mailbox box;

static void *put_one(void *unused) {
    NEED(mailbox_put(&box, &(NetMeshOsDaemonControl){NET_MESHOS_CONTROL_SHUTDOWN, 7, 0}));
    return unused;
}

static void refused_a_mailbox_keeps_its_times(void) {
    NetMeshOsDaemonControl event;
    atomic_store(&refuse, true);
    mailbox_reset(&box, 4);
    uint64_t begun = now_ns();
    mailbox_take(&box, 30, &event);
    CHECK(now_ns() - begun >= 30000000);
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_NONE);
    pthread_t thread = thread_start(put_one, NULL);
    mailbox_take(&box, 3600000, &event);
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
    thread_join(thread);
    mailbox_reset(&box, 0);
}

const struct test timed_tests[] = {
    {"timed: a wait is as long as its deadline says", for_the_whole_time},
    {"timed: and where a condition can't have the monotonic clock", refused_for_the_whole_time},
    {"timed: a mailbox keeps its times there, too", refused_a_mailbox_keeps_its_times},
    {NULL, NULL},
};
