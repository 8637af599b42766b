/* net_meshos_graceful_shutdown: the event, the grace time, and what is left of the handle. */
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "report.h"
#include "sync.h"

static void needs_a_handle(void) {
    EXPECT(net_meshos_graceful_shutdown(NULL, 1), -1, invalid_argument);
}

static void takes_its_grace_time(void) {
    const uint64_t graces[] = {1, 2, 5, 10, 50, 200, 500};
    NetMeshOsSdk *sdk = sdk_new();
    for (unsigned i = 0; i < LENGTH(graces); i++) {
        NetMeshOsHandle *handle = daemon_new(sdk, i);
        check_row("%llu ms", (unsigned long long)graces[i]);
        uint64_t began = now_ns();
        EXPECT_OK(net_meshos_graceful_shutdown(handle, graces[i]));
        uint64_t took = now_ns() - began;
        CHECK_AT_LEAST(took, graces[i] * 1000000u);
        CHECK_AT_MOST(took, (graces[i] + 10000) * 1000000u);
        net_meshos_handle_free(handle);
    }
    net_meshos_sdk_free(sdk);
}

static void zero_is_five_seconds(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    uint64_t began = now_ns();
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 0));
    CHECK_AT_LEAST(now_ns() - began, (uint64_t)5000 * 1000000);
    CHECK_AT_MOST(now_ns() - began, (uint64_t)15000 * 1000000);
    end(sdk, handle);
}

/* A long grace time that the case ends with handle_free; in between body() is called. Where that has failed, nobody
 * knows who waits for what, and the process ends with the case. */
static void within(uint64_t grace_ms, void (*body)(NetMeshOsHandle *handle, struct leaving *leaving)) {
    NetMeshOsSdk *sdk = sdk_new();
    static struct leaving leaving;
    leaving = (struct leaving){.handle = daemon_new(sdk, 1), .grace_ms = grace_ms};
    pthread_t t = thread_start(leave_gracefully, &leaving);
    body(leaving.handle, &leaving);
    if (report_has_failed())
        return;
    net_meshos_handle_free(leaving.handle);
    THREAD_JOIN(t);
    CHECK_INT(leaving.status, 0);
    net_meshos_sdk_free(sdk);
}

static void next_gets_it(NetMeshOsHandle *handle, struct leaving *leaving) {
    NetMeshOsDaemonControl event = event_poison();
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, leaving->grace_ms ? leaving->grace_ms : 5000);
    /* Once. */
    EXPECT_OK(net_meshos_try_next_control(handle, &event));
    CHECK_NO_EVENT(event);
    EXPECT_OK(net_meshos_next_control(handle, 10, &event));
    CHECK_NO_EVENT(event);
}

/* Others rely on this, so it relies on nothing else: the grace time outlasts the case and its process. */
static void shutdown_is_received(void) {
    static struct leaving leaving = {.grace_ms = LONG_GRACE_MS};
    NetMeshOsDaemonControl event = event_poison();
    leaving.handle = daemon_new(sdk_new(), 1);
    thread_start(leave_gracefully, &leaving);
    EXPECT_OK(net_meshos_next_control(leaving.handle, soon_ms(), &event));
    CHECK_INT(event.kind, NET_MESHOS_CONTROL_SHUTDOWN);
}

static void next_control_gets_shutdown(void) {
    within(LONG_GRACE_MS, next_gets_it);
}

static void try_gets_it(NetMeshOsHandle *handle, struct leaving *leaving) {
    NetMeshOsDaemonControl event = {0};
    int status = 0;
    POLL_UNTIL((status = net_meshos_try_next_control(handle, &event)) != 0 || event.kind != NET_MESHOS_CONTROL_NONE);
    NEED(CHECK_INT(status, NET_MESHOS_OK));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, leaving->grace_ms);
    EXPECT_OK(net_meshos_try_next_control(handle, &event));
    CHECK_NO_EVENT(event);
}

static void try_next_control_gets_shutdown(void) {
    within(LONG_GRACE_MS, try_gets_it);
}

static void default_grace_is_told(void) {
    within(0, next_gets_it);
}

static void everything_works(NetMeshOsHandle *handle, struct leaving *leaving) {
    NetMeshOsDaemonControl event = event_poison();
    (void)leaving;
    EXPECT_OK(net_meshos_next_control(handle, 0, &event)); /* from here on it is in its grace time */
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "leaving", 7));
    EXPECT_OK(net_meshos_publish_capabilities(handle, NULL, 0));
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    EXPECT_OK(net_meshos_try_next_control(handle, &event));
    char *text = net_meshos_metadata(handle);
    CHECK(text && strstr(text, "daemon-1") != NULL);
    net_meshos_free_string(text);
    text = net_meshos_refresh_metadata(handle);
    CHECK(text && strstr(text, "daemon-1") != NULL);
    net_meshos_free_string(text);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    CHECK(net_meshos_handle_daemon_id(handle) != 0);
}

static void handle_works_in_the_grace_time(void) {
    within(LONG_GRACE_MS, everything_works);
}

static void second_is_refused(NetMeshOsHandle *handle, struct leaving *leaving) {
    NetMeshOsDaemonControl event = event_poison();
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, leaving->grace_ms);
    EXPECT(net_meshos_graceful_shutdown(handle, 1), -4, already_shutdown);
    EXPECT(net_meshos_graceful_shutdown(handle, 0), -4, already_shutdown);
    EXPECT_OK(net_meshos_try_next_control(handle, &event));
    CHECK_NO_EVENT(event);
}

static void second_shutdown_is_refused(void) {
    within(LONG_GRACE_MS, second_is_refused);
}

static void still_registered(NetMeshOsHandle *handle, struct leaving *leaving) {
    NetMeshOsDaemonControl event;
    (void)leaving;
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
}

static void longest_grace(void) {
    within(UINT64_MAX, still_registered);
    within(UINT64_MAX / 1000000 + 1, still_registered);
    within((uint64_t)1 << 63, still_registered);
}

/* The id stays registered until the grace time is over, and is free afterwards. */
static void unregisters_at_the_end(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct leaving leaving = {.handle = daemon_new(sdk, 1), .grace_ms = 300};
    NetMeshOsHandle *again = NULL;
    uint64_t began_ms = now_ms();
    pthread_t t = thread_start(leave_gracefully, &leaving);
    POLL_UNTIL(net_meshos_register_daemon(sdk, "a", 1, seed(1), &again) == NET_MESHOS_OK);
    CHECK_AT_LEAST(now_ms() + 1 - began_ms, leaving.grace_ms);
    THREAD_JOIN(t);
    CHECK_INT(leaving.status, 0);
    net_meshos_handle_free(again);
    end(sdk, leaving.handle);
}

static void everything_is_over_afterwards(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    NetMeshOsDaemonControl event = event_poison();
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    EXPECT(net_meshos_graceful_shutdown(handle, 1), -4, already_shutdown);
    EXPECT(net_meshos_try_next_control(handle, &event), -4, already_shutdown);
    EXPECT(net_meshos_next_control(handle, 0, &event), -4, already_shutdown);
    EXPECT(net_meshos_next_control(handle, 1, &event), -4, already_shutdown);
    CHECK(event_untouched(&event));
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -4, already_shutdown);
    EXPECT(net_meshos_publish_capabilities(handle, "[]", 2), -4, already_shutdown);
    EXPECT(net_meshos_publish_capabilities(handle, NULL, 0), -4, already_shutdown);
    EXPECT_NULL(net_meshos_metadata(handle), already_shutdown);
    EXPECT_NULL(net_meshos_refresh_metadata(handle), already_shutdown);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    end(sdk, handle);
}

/* on_control is called with the event once. */
static void on_control_is_told_once(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    static struct leaving leaving = {.grace_ms = LONG_GRACE_MS};
    leaving.handle = handle;
    thread_start(leave_gracefully, &leaving); /* until the process ends: others rely on this, see above */
    GAUGE_NEED_WITHIN(&probe.controls, 1, soon_ms());
    CHECK_EVENT(probe.last, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    gauge_reaches(&probe.controls, 2, 50);
    CHECK_INT(gauge_get(&probe.controls), 1);
    CHECK_PROBE(&probe);
}

static void on_control_takes_nothing_away(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    struct leaving leaving = {.handle = handle, .grace_ms = LONG_GRACE_MS};
    pthread_t t = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&probe.controls, 1);
    NetMeshOsDaemonControl event = event_poison();
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    net_meshos_handle_free(handle);
    THREAD_JOIN(t);
    CHECK_INT(gauge_get(&probe.controls), 1);
    CHECK_PROBE(&probe);
    net_meshos_sdk_free(sdk);
}

/* Many shutdowns at once take one grace time in total. */
static void many_at_once(void) {
    enum { MANY = 40, GRACE_MS = 400 };
    NetMeshOsSdk *sdk = sdk_new();
    struct leaving leaving[MANY];
    pthread_t threads[MANY];
    uint64_t began = now_ms();
    for (unsigned i = 0; i < MANY; i++) {
        leaving[i] = (struct leaving){.handle = daemon_new(sdk, i), .grace_ms = GRACE_MS};
        threads[i] = thread_start(leave_gracefully, &leaving[i]);
    }
    for (unsigned i = 0; i < MANY; i++) {
        THREAD_JOIN(threads[i]);
        CHECK_INT(leaving[i].status, 0);
        CHECK_AT_LEAST(leaving[i].ended_ms - leaving[i].began_ms + 1, GRACE_MS);
        net_meshos_handle_free(leaving[i].handle);
    }
    CHECK_AT_MOST(now_ms() - began, MANY * GRACE_MS / 2);
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_graceful[] = {
    HEADER("graceful.null", needs_a_handle, "graceful.null"),
    HEADER("graceful.takes_its_time", takes_its_grace_time, "graceful.waits", .sleeps = true),
    HEADER("graceful.default", zero_is_five_seconds, "graceful.waits", .sleeps = true),
    HEADER("graceful.received", shutdown_is_received, "graceful.sends graceful.within event.shutdown",
           .shows = "the receipt of SHUTDOWN by next_control", .sleeps = true),
    HEADER("graceful.next_control", next_control_gets_shutdown, "graceful.sends graceful.within event.shutdown",
           .needs = "graceful.received graceful.freed"),
    HEADER("graceful.try_next_control", try_next_control_gets_shutdown, "graceful.sends graceful.within try_next.takes"),
    HEADER("graceful.default_is_told", default_grace_is_told, "graceful.sends graceful.waits event.milliseconds",
              .needs = "graceful.received graceful.freed"),
    HEADER("graceful.within", handle_works_in_the_grace_time, "graceful.within",
              .needs = "graceful.received graceful.freed"),
    HARDENING("graceful.second", second_shutdown_is_refused, "graceful.again",
              .needs = "graceful.received graceful.freed"),
    HARDENING("graceful.longest", longest_grace, "graceful.longest handle_free.ends_shutdown",
              .needs = "graceful.received graceful.freed"),
    HEADER("graceful.unregisters", unregisters_at_the_end, "graceful.consumes register.again", .sleeps = true),
    HEADER("graceful.consumes", everything_is_over_afterwards,
           "graceful.consumes graceful.again handles.consumed try_next.consumed log.consumed capabilities.consumed "
           "metadata.consumed kind.already_shutdown status.already_shutdown"),
    HEADER("graceful.on_control", on_control_is_told_once, "graceful.sends on_control.once",
           .shows = "the call of on_control for SHUTDOWN", .sleeps = true),
    HEADER("graceful.still_received", on_control_takes_nothing_away, "graceful.sends on_control.still_received",
           .needs = "graceful.freed graceful.on_control"),
    HARDENING("graceful.many_at_once", many_at_once, "graceful.waits threads.any_call", .sleeps = true),
    END,
};
