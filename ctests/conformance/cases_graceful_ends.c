/* How a graceful shutdown ends when something interferes: a free, a busy callback, a waiter, the SDK's end. */
#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "sync.h"

static void free_ends_it_early(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct leaving leaving = {.handle = daemon_new(sdk, 1), .grace_ms = LONG_GRACE_MS};
    pthread_t t = thread_start(leave_gracefully, &leaving);
    NetMeshOsDaemonControl event;
    EXPECT_OK(net_meshos_next_control(leaving.handle, 0, &event));
    net_meshos_handle_free(leaving.handle);
    THREAD_JOIN(t);
    CHECK_INT(leaving.status, 0);
    CHECK_TEXT(leaving.kind, NULL);
    net_meshos_handle_free(daemon_new(sdk, 1)); /* and the id is free */
    net_meshos_sdk_free(sdk);
}

/* Many threads try to begin it, and one succeeds. */
struct race {
    NetMeshOsHandle *handle;
    gauge ready, began;
};

static void *race_to_leave(void *argument) {
    struct race *race = argument;
    gauge_add(&race->ready, 1);
    GAUGE_NEED(&race->ready, 8);
    int status = net_meshos_graceful_shutdown(race->handle, 20);
    if (status == NET_MESHOS_OK)
        gauge_add(&race->began, 1);
    else if (CHECK_INT(status, NET_MESHOS_ERR_ALREADY_SHUTDOWN))
        EXPECT_KIND(already_shutdown);
    return NULL;
}

static void one_of_many_succeeds(void) {
    for (int round = 0; round < 20; round++) {
        NetMeshOsSdk *sdk = sdk_new();
        struct race race = {.handle = daemon_new(sdk, 1)};
        pthread_t threads[8];
        for (size_t i = 0; i < LENGTH(threads); i++)
            threads[i] = thread_start(race_to_leave, &race);
        for (size_t i = 0; i < LENGTH(threads); i++)
            THREAD_JOIN(threads[i]);
        CHECK_INT(gauge_get(&race.began), 1);
        end(sdk, race.handle);
    }
}

static void *free_handle(void *argument) {
    struct probe *p = argument;
    net_meshos_handle_free(p->handle);
    gauge_add(&p->finished, 1000);
    return NULL;
}

/* A callback that still runs when the grace time is over. */
static void busy_callback(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1), *again = NULL;
    probe_hold(&probe);
    uint64_t began = now_ns();
    EXPECT(net_meshos_graceful_shutdown(handle, 50), -2, shutdown_failed);
    CHECK_AT_LEAST(now_ns() - began, 50u * 1000000u);
    CHECK_INT(atomic_load(&probe.calls.running), 1);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -4, already_shutdown);
    EXPECT(net_meshos_graceful_shutdown(handle, 1), -4, already_shutdown);
    EXPECT_NULL(net_meshos_metadata(handle), already_shutdown);

    pthread_t t = thread_start(free_handle, &probe);
    CHECK(!gauge_reaches(&probe.finished, 1000, 100)); /* it waits for the callback */
    probe_let_go(&probe);
    THREAD_JOIN(t);
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    EXPECT_OK(net_meshos_register_daemon(sdk, "a", 1, seed(1), &again));
    end(sdk, again);
}

/* Ticks go on in the grace time and stop with it; another daemon of the same SDK is the clock. */
static void silence_after_it(void) {
    static struct probe probe, clock;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    probe_register(&clock, sdk, 2);
    int silent = 0;
    for (int round = 0; round < 20; round++) {
        atomic_store(&probe.calls.over, false);
        NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
        PROBE_TICKS(&probe, 1);
        int status = net_meshos_graceful_shutdown(handle, 5);
        int running = atomic_load(&probe.calls.running);
        if (status == NET_MESHOS_OK) {
            CHECK_INT(running, 0);
            atomic_store(&probe.calls.over, true);
            PROBE_TICKS(&clock, 10);
            CHECK_PROBE(&probe);
            silent++;
        } else {
            CHECK_INT(status, -2);
        }
        net_meshos_handle_free(handle);
    }
    CHECK_AT_LEAST((uint64_t)silent, 1);
    end(sdk, clock.handle);
}

struct waiting {
    NetMeshOsHandle *handle;
    gauge got_shutdown, got_none;
    uint64_t began_ms;
};

enum { WAITER_GRACE_MS = 500 };

static void *wait_twice(void *argument) {
    struct waiting *w = argument;
    NetMeshOsDaemonControl event = event_poison();
    int status = net_meshos_next_control(w->handle, 0, &event);
    if (status == NET_MESHOS_OK)
        CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, WAITER_GRACE_MS);
    else /* the machine was too slow to be in time for it */
        CHECK_AT_LEAST(now_ms() + 1 - w->began_ms, WAITER_GRACE_MS);
    gauge_add(&w->got_shutdown, 1);
    event = event_poison();
    uint64_t began = now_ms();
    status = net_meshos_next_control(w->handle, 0, &event);
    /* Calls that come before the end wait for it; later ones return at once. */
    if (status == 0)
        CHECK_NO_EVENT(event);
    else
        CHECK_INT(status, -4);
    CHECK_AT_MOST(now_ms() - began, patience_ms());
    gauge_add(&w->got_none, 1);
    return NULL;
}

static void waiter_when_consumed(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct waiting waiting = {.handle = daemon_new(sdk, 1), .began_ms = now_ms()};
    struct leaving leaving = {.handle = waiting.handle, .grace_ms = WAITER_GRACE_MS};
    pthread_t waits = thread_start(wait_twice, &waiting), leaves = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&waiting.got_shutdown, 1);
    GAUGE_NEED(&waiting.got_none, 1); /* without a handle_free */
    THREAD_JOIN(waits);
    THREAD_JOIN(leaves);
    CHECK_INT(leaving.status, 0);
    end(sdk, waiting.handle);
}

static void after_the_sdk(void (*end_sdk)(NetMeshOsSdk *)) {
    NetMeshOsSdk *sdk = sdk_new();
    struct leaving leaving = {.handle = daemon_new(sdk, 1), .grace_ms = 300};
    end_sdk(sdk);
    uint64_t began = now_ns();
    pthread_t t = thread_start(leave_gracefully, &leaving);
    THREAD_JOIN(t);
    CHECK_INT(leaving.status, 0);
    CHECK_AT_LEAST(now_ns() - began, 300u * 1000000u);
    net_meshos_handle_free(leaving.handle);
}

static void shut_down_and_free(NetMeshOsSdk *sdk) {
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

static void takes_its_time_after_the_sdk(void) {
    after_the_sdk(shut_down_and_free);
    after_the_sdk(net_meshos_sdk_free);
}

/* The event goes to the channel as before, and a wait still gets it; but no callback runs any more. */
static void event_after_the_sdk(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    PROBE_TICKS(&probe, 1);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    atomic_store(&probe.calls.over, true);
    struct leaving leaving = {.handle = handle, .grace_ms = LONG_GRACE_MS};
    pthread_t t = thread_start(leave_gracefully, &leaving);
    NetMeshOsDaemonControl event = {0};
    POLL_UNTIL(net_meshos_next_control(handle, 0, &event) != 0 || event.kind != NET_MESHOS_CONTROL_NONE);
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_NO_EVENT(event);
    net_meshos_handle_free(handle);
    THREAD_JOIN(t);
    CHECK_INT(gauge_get(&probe.controls), 0);
    CHECK_PROBE(&probe);
    net_meshos_sdk_free(sdk);
}

/* An event that waited when the SDK was shut down is still handed out. */
static void queued_event_outlives_the_sdk(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    struct leaving leaving = {.handle = handle, .grace_ms = LONG_GRACE_MS};
    pthread_t t = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&probe.controls, 1); /* the event is in the channel, or about to be */
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    NetMeshOsDaemonControl event = {0};
    POLL_UNTIL(net_meshos_next_control(handle, UINT64_MAX, &event) != 0 || event.kind != NET_MESHOS_CONTROL_NONE);
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    EXPECT_OK(net_meshos_next_control(handle, UINT64_MAX, &event));
    CHECK_NO_EVENT(event);
    net_meshos_handle_free(handle);
    THREAD_JOIN(t);
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_graceful_ends[] = {
    HARDENING("graceful.freed", free_ends_it_early, "handle_free.ends_shutdown handle_free.unregisters",
              .shows = "the end of a graceful shutdown by handle_free", .needs = "graceful.received"),
    HARDENING("graceful.busy_callback", busy_callback,
              "graceful.busy_callback graceful.failed kind.shutdown_failed handle_free.callbacks_over", .sleeps = true,
              .needs = "callbacks.polled"),
    HARDENING("graceful.concurrent", one_of_many_succeeds, "graceful.again threads.any_call", .sleeps = true),
    HARDENING("graceful.silence", silence_after_it, "graceful.callbacks_over", .needs = "callbacks.polled"),
    HARDENING("graceful.waiter", waiter_when_consumed, "next.consumed graceful.within", .sleeps = true,
              .needs = "graceful.received"),
    REFERENCE("graceful.after_sdk", takes_its_time_after_the_sdk, "graceful.after_shutdown sdk_shutdown.handles_go_on", .sleeps = true),
    HARDENING("graceful.event_after_sdk", event_after_the_sdk,
              "graceful.after_shutdown next.after_shutdown sdk_shutdown.callbacks_over",
              .needs = "callbacks.polled graceful.received graceful.freed"),
    HARDENING("graceful.queued_event", queued_event_outlives_the_sdk, "next.after_shutdown",
              .needs = "graceful.on_control graceful.received graceful.freed"),
    END,
};
