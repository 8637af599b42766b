/* Receiving control events: no event, timeouts, waiting. What SHUTDOWN does is in cases_graceful.c. */
#include <limits.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "sync.h"

static void null_arguments(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    NetMeshOsDaemonControl event = event_poison();
    EXPECT(net_meshos_try_next_control(NULL, &event), -1, invalid_argument);
    EXPECT(net_meshos_next_control(NULL, 0, &event), -1, invalid_argument);
    EXPECT(net_meshos_try_next_control(handle, NULL), -3, invalid_argument);
    EXPECT(net_meshos_next_control(handle, 0, NULL), -3, invalid_argument);
    CHECK(event_untouched(&event));
    end(sdk, handle);
}

static void empty_channel(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (int i = 0; i < 1000; i++) {
        NetMeshOsDaemonControl event = event_poison();
        EXPECT_OK(net_meshos_try_next_control(handle, &event));
        CHECK_NO_EVENT(event);
    }
    end(sdk, handle);
}

static void timeouts_are_never_early(void) {
    const uint64_t timeouts[] = {1, 1, 2, 3, 5, 10, 20, 50, 100, 200, 333};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(timeouts); i++) {
        NetMeshOsDaemonControl event = event_poison();
        check_row("%llu ms", (unsigned long long)timeouts[i]);
        uint64_t began = now_ns();
        EXPECT_OK(net_meshos_next_control(handle, timeouts[i], &event));
        uint64_t took = now_ns() - began;
        CHECK_NO_EVENT(event);
        CHECK_AT_LEAST(took, timeouts[i] * 1000000u);
        CHECK_AT_MOST(took, (timeouts[i] + 10000) * 1000000u);
    }
    end(sdk, handle);
}

struct waiting {
    NetMeshOsHandle *handle;
    uint64_t timeout_ms;
    blocking in_call;
    gauge ended;
    NetMeshOsDaemonControl event;
};

static void *wait_for_event(void *argument) {
    struct waiting *w = argument;
    w->event = event_poison();
    blocking_enter(&w->in_call);
    EXPECT_OK(net_meshos_next_control(w->handle, w->timeout_ms, &w->event));
    gauge_add(&w->ended, 1);
    return NULL;
}

/* No timeout, the longest, and those where a conversion to nanoseconds would overflow: none ends by itself, all
 * end when the handle is freed. */
static void long_waits(const uint64_t *timeouts, size_t count) {
    struct waiting waiting[16] = {{.handle = NULL}};
    pthread_t threads[16];
    NetMeshOsSdk *sdk = sdk_new();
    NEED(count <= LENGTH(waiting));
    for (unsigned i = 0; i < count; i++) {
        waiting[i].handle = daemon_new(sdk, i);
        waiting[i].timeout_ms = timeouts[i];
        threads[i] = thread_start(wait_for_event, &waiting[i]);
    }
    for (size_t i = 0; i < count; i++)
        blocking_need(&waiting[i].in_call);
    CHECK(!gauge_reaches(&waiting[0].ended, 1, 200));
    for (size_t i = 0; i < count; i++) {
        check_row("timeout %llu ms", (unsigned long long)timeouts[i]);
        CHECK_INT(gauge_get(&waiting[i].ended), 0);
    }
    check_row(NULL);
    for (size_t i = 0; i < count; i++) {
        net_meshos_handle_free(waiting[i].handle);
        THREAD_JOIN(threads[i]);
        CHECK_NO_EVENT(waiting[i].event);
    }
    net_meshos_sdk_free(sdk);
}

static void waits_without_limit(void) {
    const uint64_t timeouts[] = {0};
    long_waits(timeouts, LENGTH(timeouts));
}

static void waits_for_long(void) {
    const uint64_t timeouts[] = {UINT64_MAX,
                                 UINT64_MAX - 1,
                                 (uint64_t)1 << 63,
                                 ((uint64_t)1 << 63) - 1,
                                 UINT64_MAX / 1000000,
                                 UINT64_MAX / 1000000 + 1,
                                 INT64_MAX / 1000000,
                                 INT64_MAX / 1000000 + 1,
                                 UINT64_MAX / 1000 + 1,
                                 (uint64_t)UINT32_MAX + 1,
                                 (uint64_t)INT32_MAX + 1,
                                 UINT32_MAX,
                                 3600000};
    long_waits(timeouts, LENGTH(timeouts));
}

/* An unbounded wait that an event ends; the event is the one of a graceful shutdown on another thread. */
static void event_ends_the_wait(uint64_t timeout_ms) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    struct waiting waiting = {.handle = handle, .timeout_ms = timeout_ms};
    struct leaving leaving = {.handle = handle, .grace_ms = LONG_GRACE_MS};
    pthread_t waits = thread_start(wait_for_event, &waiting);
    blocking_need(&waiting.in_call);
    CHECK(!gauge_reaches(&waiting.ended, 1, 50));
    pthread_t leaves = thread_start(leave_gracefully, &leaving);
    THREAD_JOIN(waits);
    CHECK_EVENT(waiting.event, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    net_meshos_handle_free(handle);
    THREAD_JOIN(leaves);
    CHECK_INT(leaving.status, 0);
    net_meshos_sdk_free(sdk);
}

static void event_ends_an_unbounded_wait(void) {
    event_ends_the_wait(0);
}

static void event_ends_a_long_wait(void) {
    event_ends_the_wait(3600000);
    event_ends_the_wait(UINT64_MAX);
}

/* An event for one daemon doesn't wake a thread that waits for another. */
static void waits_are_apart(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct waiting a = {.handle = daemon_new(sdk, 1)}, b = {.handle = daemon_new(sdk, 2)};
    pthread_t of_a = thread_start(wait_for_event, &a), of_b = thread_start(wait_for_event, &b);
    blocking_need(&a.in_call);
    blocking_need(&b.in_call);
    struct leaving leaving = {.handle = a.handle, .grace_ms = LONG_GRACE_MS};
    pthread_t leaves = thread_start(leave_gracefully, &leaving);
    THREAD_JOIN(of_a);
    CHECK_INT(gauge_get(&b.ended), 0);
    net_meshos_handle_free(a.handle);
    THREAD_JOIN(leaves);
    CHECK(!gauge_reaches(&b.ended, 1, 50));
    net_meshos_handle_free(b.handle);
    THREAD_JOIN(of_b);
    CHECK_NO_EVENT(b.event);
    net_meshos_sdk_free(sdk);
}

/* try_next_control and the accessors return while another thread waits on the same handle. */
static void others_go_on_beside_a_wait(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct waiting waiting = {.handle = daemon_new(sdk, 1)};
    pthread_t t = thread_start(wait_for_event, &waiting);
    blocking_need(&waiting.in_call);
    for (int i = 0; i < 1000; i++) {
        NetMeshOsDaemonControl event = event_poison();
        EXPECT_OK(net_meshos_try_next_control(waiting.handle, &event));
        CHECK_NO_EVENT(event);
        CHECK_TEXT(net_meshos_handle_daemon_name(waiting.handle), "daemon-1");
        net_meshos_free_string(net_meshos_metadata(waiting.handle));
        net_meshos_publish_log(waiting.handle, NET_MESHOS_LOG_INFO, "a", 1);
        EXPECT_OK(net_meshos_publish_capabilities(waiting.handle, "[]", 2));
    }
    CHECK_INT(gauge_get(&waiting.ended), 0);
    net_meshos_handle_free(waiting.handle);
    THREAD_JOIN(t);
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_control[] = {
    HEADER("control.null", null_arguments, "try_next.null_handle try_next.null_out errors.out_untouched"),
    HEADER("control.empty", empty_channel, "try_next.takes try_next.none threads.who_waits event.none"),
    HEADER("control.timeout", timeouts_are_never_early, "next.timeout next.waits", .sleeps = true),
    HARDENING("control.unbounded", waits_without_limit, "next.waits next.ends handle_free.wakes", .sleeps = true,
              .shows = "the end of an unbounded next_control by handle_free"),
    HARDENING("control.long_timeouts", waits_for_long, "next.longest next.waits next.ends handle_free.wakes", .sleeps = true,
              .needs = "control.unbounded"),
    HEADER("control.event_ends_unbounded", event_ends_an_unbounded_wait, "next.event next.waits graceful.within",
              .needs = "graceful.received graceful.freed"),
    HEADER("control.event_ends_long", event_ends_a_long_wait, "next.event next.longest graceful.within",
              .needs = "graceful.received graceful.freed", .sleeps = true),
    HARDENING("control.apart", waits_are_apart, "next.event handle_free.wakes",
              .needs = "graceful.received graceful.freed control.unbounded"),
    HARDENING("control.beside_a_wait", others_go_on_beside_a_wait, "threads.any_call threads.who_waits",
              .needs = "control.unbounded", .sleeps = true),
    END,
};
