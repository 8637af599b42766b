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
    NEED(pthread_mutex_timedlock(&box.lock, &deadline) == 0);
}

static unsigned readers(void) {
    need_lock();
    unsigned count = box.readers;
    pthread_mutex_unlock(&box.lock);
    return count;
}

static void await_readers_waiting(unsigned count) {
    while (readers() < count) {
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
    mailbox_take(&box, reader.timeout_ms, &reader.event);
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

static void a_cancelled_reader_leaves_by_the_door(void) {
    static const uint64_t timeouts[] = {0, UINT64_MAX, 3600000};
    for (size_t i = 0; i < 6; i++) {
        memset(&reader, 0, sizeof reader);
        reader.timeout_ms = timeouts[i / 2];
        reader.pending = i % 2;
        unit_about("timeout %llu, %s", (unsigned long long)reader.timeout_ms, reader.pending ? "before" : "within");
        mailbox_prepare(&box);
        mailbox_reset(&box, 2);
        pthread_t thread = thread_start(take_one, NULL);
        await_readers_waiting(1);
        if (!reader.pending)
            pthread_cancel(thread);
        need_lock(); /* nobody has died with it */
        pthread_mutex_unlock(&box.lock);
        CHECK(mailbox_put(&box, 1, 7, 0));
        check_cancelled_after(thread);
        CHECK_U64(reader.event.grace_period_ms, 7);
        CHECK_U64(readers(), 0);
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
    mailbox_prepare(&box);
    mailbox_reset(&box, 2);
    check_cancelled_after(thread_start(time_out, NULL));
    CHECK_U64(readers(), 0);
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

static void who_awaits_the_readers_is_not_cancelled(void) {
    memset(&reader, 0, sizeof reader);
    mailbox_prepare(&box);
    mailbox_reset(&box, 2);
    box.readers = 1; /* one that takes its time */
    mailbox_end(&box);
    pthread_t thread = thread_start(await_others, NULL);
    NEED(!ends_within_ms(200));
    need_lock();
    box.readers = 0;
    pthread_cond_broadcast(&box.left);
    pthread_mutex_unlock(&box.lock);
    check_cancelled_after(thread);
    mailbox_reset(&box, 0);
}

/* Every call that crosses into Go. */
static const uint8_t seed[32] = {9};
static const NetMeshOsEvent event = {1, 1, (const uint8_t *)"x", 1};

static void start(void) {
    NetMeshOsSdk *made = NULL;
    CHECK_INT(net_meshos_sdk_start(0, 0, 0, 0, 0, &made), 0);
    net_meshos_sdk_free(made);
}
static void ext_start(void) {
    NetMeshOsSdk *made = NULL;
    CHECK_INT(net_meshos_ext_sdk_start("{}", 2, &made), 0);
    net_meshos_sdk_free(made);
}
static void register_and_free(void) {
    NetMeshOsHandle *made = NULL;
    CHECK_INT(net_meshos_register_daemon(sdk, "x", 1, seed, &made), 0);
    net_meshos_handle_free(made);
}
static unsigned destroyed;
static void destroy(void *ctx) {
    (void)ctx;
    pthread_testcancel();
    destroyed++;
}
static void register_in_vain(void) {
    static const NetMeshOsDaemonVtable vtable = {0};
    NetMeshOsHandle *made = NULL;
    go.answer = MESHOS_E_REGISTER_FAILED;
    CHECK_INT(net_meshos_register_daemon_with_vtable_v2(sdk, "x", 1, seed, &vtable, NULL, destroy, &made), -2);
    go.answer = MESHOS_OK;
}
static void shut_down(void) { CHECK_INT(net_meshos_sdk_shutdown(sdk), 0); }
static void publish_log(void) { CHECK_INT(net_meshos_publish_log(handle, 1, "x", 1), 0); }
static void graceful(void) { CHECK_INT(net_meshos_graceful_shutdown(handle, 1), 0); }
static void metadata(void) { net_meshos_free_string(net_meshos_metadata(handle)); }
static void refresh(void) { net_meshos_free_string(net_meshos_refresh_metadata(handle)); }
static void capabilities(void) { CHECK_INT(net_meshos_publish_capabilities(handle, "[]", 2), 0); }
static void done(void) { CHECK_INT(net_meshos_ext_daemon_done(handle), 0); }
static void deliver(void) { CHECK_INT(net_meshos_ext_deliver(sdk, 1, &event, NULL, NULL), 0); }
static void post(void) { CHECK_INT(net_meshos_ext_post(sdk, 1, &event, 1, NULL), 0); }
static void flush(void) { CHECK_INT(net_meshos_ext_flush(sdk, 1, 0), 0); }
static void set_output(void) { CHECK_INT(net_meshos_ext_set_output(sdk, NULL, NULL), 0); }
static void subscribe(void) { CHECK_INT(net_meshos_ext_subscribe(sdk, 1, 2), 0); }
static void unsubscribe(void) { CHECK_INT(net_meshos_ext_unsubscribe(sdk, 1, 2), 0); }
static void snapshot(void) {
    uint8_t *state = NULL;
    size_t length = 0;
    CHECK_INT(net_meshos_ext_snapshot(sdk, 1, &state, &length), 0);
    net_meshos_ext_free_bytes(state, length);
}
static void restore(void) { CHECK_INT(net_meshos_ext_restore(sdk, 1, (const uint8_t *)"x", 1), 0); }
static void enter(void) { CHECK_INT(net_meshos_ext_enter_maintenance(sdk, 0), 0); }
static void leave(void) { CHECK_INT(net_meshos_ext_exit_maintenance(sdk), 0); }
static void stop(void) { CHECK_INT(net_meshos_ext_stop_daemon(sdk, 1, 0), 0); }
static void restart(void) { CHECK_INT(net_meshos_ext_restart_daemon(sdk, 1), 0); }
static void on_log(void) { CHECK_INT(net_meshos_ext_on_log(sdk, 0, NULL, NULL), 0); }
static void logs_json(void) { net_meshos_free_string(net_meshos_ext_logs_json(sdk, 0, 1)); }
static void runtime_json(void) { net_meshos_free_string(net_meshos_ext_runtime_json(sdk)); }

static const struct call {
    const char *name;
    void (*make)(void);
} calls[] = {
    {"sdk_start and sdk_free", start},
    {"ext_sdk_start", ext_start},
    {"register and handle_free", register_and_free},
    {"a registration that fails", register_in_vain},
    {"sdk_shutdown", shut_down},
    {"publish_log", publish_log},
    {"graceful_shutdown", graceful},
    {"metadata", metadata},
    {"refresh_metadata", refresh},
    {"publish_capabilities", capabilities},
    {"daemon_done", done},
    {"deliver", deliver},
    {"post", post},
    {"flush", flush},
    {"set_output", set_output},
    {"subscribe", subscribe},
    {"unsubscribe", unsubscribe},
    {"snapshot", snapshot},
    {"restore", restore},
    {"enter_maintenance", enter},
    {"exit_maintenance", leave},
    {"stop_daemon", stop},
    {"restart_daemon", restart},
    {"on_log", on_log},
    {"logs_json", logs_json},
    {"runtime_json", runtime_json},
};

static void *make_call(void *call) {
    const struct call *c = call;
    int before = -1, unused;
    unit_about("%s", c->name);
    c->make();
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_ENABLE); /* as it was */
    c->make();
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_DISABLE);
    pthread_cancel(pthread_self());
    c->make();
    reader.returned = true;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &unused);
    pthread_testcancel();
    return NULL;
}

static void go_is_never_cancelled(void) {
    calls_begin();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        unit_about("%s", calls[i].name);
        go.during = pthread_testcancel;
        reader.returned = false;
        unsigned asked = atomic_load(&go.calls);
        struct call call = calls[i];
        check_cancelled_after(thread_start(make_call, &call));
        CHECK(atomic_load(&go.calls) >= asked + 3);
    }
    CHECK_U64(destroyed, 3);
    unit_about(NULL);
    calls_end();
}

const struct test cancel_tests[] = {
    {"cancel: a cancelled reader leaves by the door", a_cancelled_reader_leaves_by_the_door},
    {"cancel: a cancelled wait times out", a_cancelled_wait_times_out},
    {"cancel: who awaits the readers is not cancelled", who_awaits_the_readers_is_not_cancelled},
    {"cancel: Go is never cancelled", go_is_never_cancelled},
    {NULL, NULL},
};
