/* Threads that are cancelled while they are in a call: it runs to its end, keeps
 * nothing, and the thread ends after it. A thread with a request that has not
 * acted yet ends at the first cancellation point that it comes to. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "calls.h"
#include "mailbox.h"

enum { DEADLINE_S = 60 };

static struct mailbox box;

/* A thread that ended with the lock held must not end the test with it. */
static void need_lock(void) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_S;
    NEED(pthread_mutex_timedlock(mailbox_lock(&box), &deadline) == 0);
}

static unsigned sleepers(void) {
    need_lock();
    unsigned count = box.sleepers;
    pthread_mutex_unlock(mailbox_lock(&box));
    return count;
}

static void await_sleepers(unsigned count) {
    while (sleepers() < count) {
        struct timespec moment = {.tv_nsec = 100000};
        nanosleep(&moment, NULL);
    }
}

/* What the thread got, and that it came back from the call. */
static struct {
    NetMeshOsDaemonControl event;
    uint64_t timeout_ms;
    bool pending; /* asked to end before it calls */
    volatile bool returned;
} reader;

static void *take_one(void *nothing) {
    (void)nothing;
    if (reader.pending)
        pthread_cancel(pthread_self());
    mailbox_enter(&box);
    mailbox_take(&box, reader.timeout_ms, &reader.event);
    mailbox_leave(&box);
    reader.returned = true;
    pthread_testcancel();
    return NULL;
}

static void check_cancelled_after(pthread_t thread) {
    void *result = NULL;
    NEED(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(reader.returned);
}

static void a_cancelled_reader_returns_from_the_call(void) {
    static const uint64_t timeouts[] = {0, UINT64_MAX, 3600000};
    for (size_t i = 0; i < 6; i++) {
        memset(&reader, 0, sizeof reader);
        reader.timeout_ms = timeouts[i / 2];
        reader.pending = i % 2;
        unit_about("timeout %llu, %s", (unsigned long long)reader.timeout_ms, reader.pending ? "before" : "within");
        mailbox_reset(&box, 2);
        pthread_t thread = thread_start(take_one, NULL);
        await_sleepers(1);
        if (!reader.pending)
            pthread_cancel(thread);
        need_lock(); /* no thread has died holding it */
        pthread_mutex_unlock(mailbox_lock(&box));
        CHECK(mailbox_put(&box, &(NetMeshOsDaemonControl){1, 7, 0}));
        check_cancelled_after(thread);
        CHECK_U64(reader.event.grace_period_ms, 7);
        CHECK_U64(sleepers(), 0);
        mailbox_end(&box);
        mailbox_await_readers(&box);
        mailbox_reset(&box, 0);
    }
}

static void *time_out(void *nothing) {
    (void)nothing;
    pthread_cancel(pthread_self());
    mailbox_take(&box, 1, &reader.event);
    reader.returned = true;
    pthread_testcancel();
    return NULL;
}

static void a_cancelled_wait_times_out(void) {
    memset(&reader, 0, sizeof reader);
    mailbox_reset(&box, 2);
    check_cancelled_after(thread_start(time_out, NULL));
    CHECK_U64(sleepers(), 0);
    mailbox_reset(&box, 0);
}

static atomic_bool ended;

static void note_end(void *nothing) {
    (void)nothing;
    atomic_store(&ended, true);
}

static void *await_others(void *nothing) {
    (void)nothing;
    pthread_cleanup_push(note_end, NULL);
    pthread_cancel(pthread_self());
    mailbox_await_readers(&box);
    reader.returned = true;
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

/* Waits for what must not happen, for no longer than this takes. */
static bool ends_within_ms(unsigned ms) {
    for (unsigned i = 0; i < ms && !atomic_load(&ended); i++) {
        struct timespec moment = {.tv_nsec = 1000000};
        nanosleep(&moment, NULL);
    }
    return atomic_load(&ended);
}

static void waiting_for_readers_is_not_cancelled(void) {
    memset(&reader, 0, sizeof reader);
    mailbox_reset(&box, 2);
    mailbox_enter(&box); /* one that takes its time */
    mailbox_end(&box);
    pthread_t thread = thread_start(await_others, NULL);
    NEED(!ends_within_ms(200));
    mailbox_leave(&box);
    check_cancelled_after(thread);
    mailbox_reset(&box, 0);
}

/* A call of a thread that is not to be cancelled, must not be, or is already. */
enum way { ENABLED, DISABLED, REQUESTED, WAYS };

static struct {
    const struct every_call *made;
    enum way way;
} call;

static void *make_call(void *nothing) {
    (void)nothing;
    int before, unused;
    unit_about("%s, way %d", call.made->name, call.way);
    if (call.way == DISABLED)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &unused);
    if (call.way == REQUESTED)
        pthread_cancel(pthread_self());
    call.made->make();
    reader.returned = true;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    CHECK_INT(before, call.way == DISABLED ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE); /* as it was */
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &unused);
    pthread_testcancel();
    return NULL;
}

static void no_call_is_cancelled(void) {
    unsigned crossed = 0;
    for (call.made = every_calls; call.made->name; call.made++)
        for (call.way = ENABLED; call.way < WAYS; call.way++) {
            unit_about("%s, way %d", call.made->name, call.way);
            calls_begin();
            go.metadata = "{}";
            go.during = pthread_testcancel;
            reader.returned = false;
            check_cancelled_after(thread_start(make_call, NULL));
            crossed += atomic_load(&go.calls);
            go.during = NULL;
            every_call_release();
            calls_discard();
        }
    unit_about(NULL);
    CHECK(crossed >= WAYS * 25);
}

static unsigned destroyed;

static void destroy(void *ctx) {
    (void)ctx;
    pthread_testcancel();
    destroyed++;
}

static void *register_in_vain(void *nothing) {
    (void)nothing;
    static const NetMeshOsDaemonVtable none = {0};
    static const uint8_t seed[32] = {9};
    NetMeshOsHandle *made = NULL;
    pthread_cancel(pthread_self());
    CHECK_INT(net_meshos_register_daemon_with_vtable_v2(sdk, "x", 1, seed, &none, NULL, destroy, &made), -2);
    reader.returned = true;
    pthread_testcancel();
    return NULL;
}

static void destroy_is_not_cancelled(void) {
    calls_begin();
    go.answer = MESHOS_E_REGISTER_FAILED;
    reader.returned = false;
    check_cancelled_after(thread_start(register_in_vain, NULL));
    CHECK_U64(destroyed, 1);
    calls_end();
}

const struct test cancel_tests[] = {
    {"cancel: a cancelled reader returns from the call", a_cancelled_reader_returns_from_the_call},
    {"cancel: a cancelled wait times out", a_cancelled_wait_times_out},
    {"cancel: waiting for readers is not cancelled", waiting_for_readers_is_not_cancelled},
    {"cancel: no call is cancelled", no_call_is_cancelled},
    {"cancel: destroy is not cancelled", destroy_is_not_cancelled},
    {NULL, NULL},
};
