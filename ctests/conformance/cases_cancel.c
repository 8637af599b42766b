/* Threads that are cancelled: they never end inside a call. A thread with a pending request ends at
 * the first cancellation point that it comes to, so between the request and the end of the calls these threads
 * make assertions only: a failed one is a cancellation point, and hence says nothing but ends the thread. */
#define _GNU_SOURCE
#include <pthread.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "sync.h"

struct cancelled {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    NetMeshOsDaemonControl event;
    uint64_t timeout_ms;
    struct probe *probe;
    blocking in_call;
    gauge returned;
    int status, state_after;
};

/* Ends such a thread: records what it has done, and then lets the request take effect. */
static void *come_back(struct cancelled *c) {
    int unused;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &c->state_after);
    gauge_add(&c->returned, 1);
    pthread_setcancelstate(c->state_after, &unused);
    pthread_testcancel();
    return NULL;
}

#define CHECK_CAME_BACK(c, thread)                               \
    do {                                                         \
        CHECK(THREAD_JOIN(thread) == PTHREAD_CANCELED);          \
        CHECK_INT(gauge_get(&(c)->returned), 1);                 \
        CHECK_INT((c)->state_after, PTHREAD_CANCEL_ENABLE);      \
        CHECK_INT((c)->status, 0);                               \
    } while (0)

/* Starts the call, and cancels its thread once that sleeps in it. */
static pthread_t cancel_within(struct cancelled *c, void *(*call)(void *)) {
    pthread_t thread = thread_start(call, c);
    blocking_need(&c->in_call);
    NEED(pthread_cancel(thread) == 0);
    CHECK(!gauge_reaches(&c->returned, 1, 20));
    return thread;
}

static void *wait_for_control(void *argument) {
    struct cancelled *c = argument;
    blocking_enter(&c->in_call);
    c->status = net_meshos_next_control(c->handle, c->timeout_ms, &c->event);
    return come_back(c);
}

static const uint64_t timeouts[] = {0, 3600000, UINT64_MAX};

static void reader_gets_its_event(void) {
    for (size_t i = 0; i < LENGTH(timeouts); i++) {
        check_row("timeout %llu", (unsigned long long)timeouts[i]);
        struct cancelled c = {.sdk = sdk_new(), .timeout_ms = timeouts[i], .event = event_poison()};
        c.handle = daemon_new(c.sdk, 1);
        pthread_t thread = cancel_within(&c, wait_for_control);
        EXPECT_OK(net_meshos_graceful_shutdown(c.handle, 1));
        CHECK_CAME_BACK(&c, thread);
        if (c.event.kind != NET_MESHOS_CONTROL_NONE) /* a slow machine consumes the handle first */
            CHECK_EVENT(c.event, NET_MESHOS_CONTROL_SHUTDOWN, 1);
        end(c.sdk, c.handle);
    }
}

static void *free_handle(void *argument) {
    net_meshos_handle_free(argument);
    return NULL;
}

static void free_after_cancel(void) {
    for (size_t i = 0; i < LENGTH(timeouts); i++) {
        check_row("timeout %llu", (unsigned long long)timeouts[i]);
        struct cancelled c = {.sdk = sdk_new(), .timeout_ms = timeouts[i], .event = event_poison()};
        c.handle = daemon_new(c.sdk, 1);
        pthread_t thread = cancel_within(&c, wait_for_control);
        THREAD_JOIN(thread_start(free_handle, c.handle));
        CHECK_CAME_BACK(&c, thread);
        CHECK_NO_EVENT(c.event);
        net_meshos_sdk_free(c.sdk);
    }
}

static void *leave(void *argument) {
    struct cancelled *c = argument;
    blocking_enter(&c->in_call);
    c->status = net_meshos_graceful_shutdown(c->handle, LONG_GRACE_MS);
    return come_back(c);
}

static void graceful_shutdown_goes_on(void) {
    struct cancelled c = {.sdk = sdk_new(), .event = event_poison()};
    c.handle = daemon_new(c.sdk, 1);
    pthread_t thread = cancel_within(&c, leave);
    EXPECT_OK(net_meshos_try_next_control(c.handle, &c.event));
    CHECK_EVENT(c.event, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    THREAD_JOIN(thread_start(free_handle, c.handle));
    CHECK_CAME_BACK(&c, thread);
    net_meshos_sdk_free(c.sdk);
}

static void *free_while_held(void *argument) {
    struct cancelled *c = argument;
    blocking_enter(&c->in_call);
    net_meshos_handle_free(c->handle);
    return come_back(c);
}

static void handle_free_goes_on(void) {
    static struct probe probe;
    struct cancelled c = {.sdk = sdk_ticking(FAST_TICK_MS)};
    c.handle = probe_register(&probe, c.sdk, 1);
    probe_hold(&probe);
    pthread_t thread = cancel_within(&c, free_while_held);
    probe_let_go(&probe);
    CHECK_CAME_BACK(&c, thread);
    CHECK_U64(net_meshos_handle_daemon_id(c.handle), 0);
    net_meshos_sdk_free(c.sdk);
}

/* Every call, on a thread with a pending cancellation. */
static void live(void) {
    NetMeshOsSdk *sdk = NULL, *down = NULL;
    NetMeshOsHandle *handle = NULL, *taken = NULL;
    NetMeshOsDaemonControl event = event_poison();
    static struct probe probe;
    NetMeshOsDaemonVtable vtable = probe_vtable();
    NEED_OK(net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk));
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &down));
    EXPECT_OK(net_meshos_sdk_shutdown(down));
    net_meshos_sdk_free(down);
    NEED_OK(net_meshos_register_daemon(sdk, "a", 1, seed(1), &handle));
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, "b", 1, seed(1), &vtable, &probe, &taken), -2,
           register_failed);
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "line", 4));
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    EXPECT(net_meshos_publish_capabilities(handle, "[1]", 3), -3, invalid_argument);
    EXPECT_OK(net_meshos_try_next_control(handle, &event));
    EXPECT_OK(net_meshos_next_control(handle, 2, &event));
    net_meshos_free_string(net_meshos_metadata(handle));
    net_meshos_free_string(net_meshos_refresh_metadata(handle));
    CHECK(net_meshos_handle_daemon_id(handle) != 0);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "a");
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 2));
    EXPECT(net_meshos_next_control(handle, 0, &event), -4, already_shutdown);
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
}

static void *live_with_request(void *argument) {
    struct cancelled *c = argument;
    pthread_cancel(pthread_self());
    live();
    return come_back(c);
}

static void every_call_with_a_request(void) {
    struct cancelled c = {.status = 0};
    CHECK_CAME_BACK(&c, thread_start(live_with_request, &c));
}

/* The host's own setting is not touched. */
static void *live_without_cancellation(void *unused) {
    int before = -1;
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    pthread_cancel(pthread_self());
    live();
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_DISABLE);
    return unused;
}

static void setting_is_kept(void) {
    struct cancelled c = {.status = 0};
    CHECK(THREAD_JOIN(thread_start(live_without_cancellation, &c)) == &c);
}

const struct suite_case cases_cancel[] = {
    HARDENING("cancel.event", reader_gets_its_event, "threads.cancel threads.cancel_after",
              .needs = "graceful.received"),
    HARDENING("cancel.free", free_after_cancel, "threads.cancel threads.cancel_after handle_free.wakes",
              .needs = "control.unbounded"),
    HARDENING("cancel.graceful", graceful_shutdown_goes_on, "threads.cancel threads.cancel_after",
              .needs = "graceful.received graceful.freed"),
    HARDENING("cancel.handle_free", handle_free_goes_on, "threads.cancel threads.cancel_after handle_free.callbacks_over",
              .needs = "callbacks.polled handles.freed"),
    HARDENING("cancel.every_call", every_call_with_a_request, "threads.cancel threads.cancel_after"),
    HARDENING("cancel.setting", setting_is_kept, "threads.cancel_setting"),
    END,
};
