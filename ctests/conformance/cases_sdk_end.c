/* net_meshos_sdk_shutdown and net_meshos_sdk_free, and the count of dropped events. */
#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "sync.h"

static void shutdown_consumes(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1), *late = NULL;
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    for (int again = 0; again < 3; again++) {
        EXPECT(net_meshos_sdk_shutdown(sdk), NET_MESHOS_ERR_ALREADY_SHUTDOWN, already_shutdown);
        for (size_t r = 0; r < LENGTH(registrations); r++)
            EXPECT(registrations[r].call(sdk, "late", 4, seed(2), &late), NET_MESHOS_ERR_ALREADY_SHUTDOWN,
                   already_shutdown);
        CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    }
    CHECK_POINTER(late, NULL);
    end(sdk, handle);
}

static void shutdown_needs_a_handle(void) {
    EXPECT(net_meshos_sdk_shutdown(NULL), NET_MESHOS_ERR_NULL, invalid_argument);
}

static void free_takes_null(void) {
    net_meshos_sdk_free(NULL);
    net_meshos_handle_free(NULL);
    net_meshos_free_string(NULL);
}

static void nothing_is_dropped_at_first(void) {
    NetMeshOsSdk *sdk = sdk_new();
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1)); /* its event has room */
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    end(sdk, handle);
}

static void dropped_of_no_sdk(void) {
    CHECK_U64(net_meshos_sdk_dropped_control_events(NULL), UINT64_MAX);
    NetMeshOsSdk *sdk = sdk_new();
    NEED_OK(net_meshos_sdk_shutdown(sdk));
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    net_meshos_sdk_free(sdk);
}

/* A thread in next_control. */
struct waiter {
    NetMeshOsHandle *handle;
    uint64_t timeout_ms;
    gauge *about_to_wait, *woken;
};

static void *wait_for_none(void *argument) {
    const struct waiter *w = argument;
    NetMeshOsDaemonControl event = event_poison();
    gauge_add(w->about_to_wait, 1);
    EXPECT_OK(net_meshos_next_control(w->handle, w->timeout_ms, &event));
    CHECK_NO_EVENT(event);
    gauge_add(w->woken, 1);
    return NULL;
}

/* Waiters with and without a limit, each on a daemon of its own; then the SDK ends. */
static void check_wakes(void (*end_sdk)(NetMeshOsSdk *)) {
    enum { WAITERS = 9 };
    const uint64_t timeouts[] = {0, 3600000, UINT64_MAX};
    NetMeshOsSdk *sdk = sdk_new();
    gauge about_to_wait = {0}, woken = {0};
    struct waiter waiters[WAITERS];
    pthread_t threads[WAITERS];
    for (unsigned i = 0; i < WAITERS; i++) {
        waiters[i] = (struct waiter){daemon_new(sdk, i), timeouts[i % 3], &about_to_wait, &woken};
        threads[i] = thread_start(wait_for_none, &waiters[i]);
    }
    GAUGE_NEED(&about_to_wait, WAITERS);
    CHECK(!gauge_reaches(&woken, 1, 50)); /* they do wait */
    end_sdk(sdk);
    GAUGE_NEED_WITHIN(&woken, WAITERS, soon_ms());
    for (unsigned i = 0; i < WAITERS; i++)
        THREAD_JOIN(threads[i]);
    /* From now on no call waits, whatever its timeout. */
    for (unsigned i = 0; i < WAITERS; i++) {
        NetMeshOsDaemonControl event = event_poison();
        for (size_t t = 0; t < LENGTH(timeouts); t++) {
            EXPECT_OK(net_meshos_next_control(waiters[i].handle, timeouts[t], &event));
            CHECK_NO_EVENT(event);
        }
        net_meshos_handle_free(waiters[i].handle);
    }
}

static void shut_down_and_free(NetMeshOsSdk *sdk) {
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

static void shutdown_wakes_waiters(void) {
    check_wakes(shut_down_and_free);
}

static void free_wakes_waiters(void) {
    check_wakes(net_meshos_sdk_free);
}

/* Ends the SDK in the middle of ticks: none of its callbacks may be called afterwards, while another SDK ticks. */
static void check_silence(void (*end_sdk)(NetMeshOsSdk *)) {
    static struct probe probes[4], clock;
    NetMeshOsSdk *ticking = sdk_ticking(FAST_TICK_MS);
    probe_register(&clock, ticking, 1);
    for (int round = 0; round < 20; round++) {
        NetMeshOsSdk *sdk = sdk_ticking(1);
        for (unsigned i = 0; i < LENGTH(probes); i++) {
            atomic_store(&probes[i].calls.over, false);
            probe_register(&probes[i], sdk, i);
        }
        PROBE_TICKS(&probes[0], 2);
        end_sdk(sdk);
        for (unsigned i = 0; i < LENGTH(probes); i++) {
            CHECK_INT(atomic_load(&probes[i].calls.running), 0);
            atomic_store(&probes[i].calls.over, true);
        }
        PROBE_TICKS(&clock, 4);
        for (unsigned i = 0; i < LENGTH(probes); i++) {
            CHECK_PROBE(&probes[i]);
            net_meshos_handle_free(probes[i].handle);
        }
    }
    end(ticking, clock.handle);
}

static void no_callback_after_shutdown(void) {
    check_silence(shut_down_and_free);
}

static void no_callback_after_free(void) {
    check_silence(net_meshos_sdk_free);
}

/* Releases the probe from another thread, after a while. */
static void *let_go_later(void *probe) {
    gauge never = {0};
    gauge_reaches(&never, 1, 100);
    probe_let_go(probe);
    return NULL;
}

static void shutdown_waits_for_callback(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    probe_register(&probe, sdk, 1);
    probe_hold(&probe);
    pthread_t t = thread_start(let_go_later, &probe);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    CHECK_INT(gauge_get(&probe.let_go), 0); /* it was released before the shutdown returned */
    THREAD_JOIN(t);
    end(sdk, probe.handle);
}

static void shutdown_gives_up_on_callback(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    probe_hold(&probe);
    uint64_t began = now_ns();
    EXPECT(net_meshos_sdk_shutdown(sdk), -2, shutdown_failed);
    CHECK_AT_LEAST(now_ns() - began, (uint64_t)5000 * 1000000);
    CHECK_INT(atomic_load(&probe.calls.running), 1);
    EXPECT(net_meshos_sdk_shutdown(sdk), -4, already_shutdown);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    long calls = gauge_get(&probe.health);
    probe_let_go(&probe);
    end(sdk, handle);
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    CHECK_INT(gauge_get(&probe.health), calls); /* the callback that was released was the last */
}

/* The same for a free: it returns, and handle_free of the daemon then waits for the callback. */
static void free_gives_up_on_callback(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    probe_hold(&probe);
    uint64_t began = now_ns();
    net_meshos_sdk_free(sdk);
    CHECK_AT_LEAST(now_ns() - began, (uint64_t)5000 * 1000000);
    CHECK_INT(atomic_load(&probe.calls.running), 1);
    EXPECT(net_meshos_sdk_shutdown(sdk), -1, invalid_handle);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
    pthread_t t = thread_start(let_go_later, &probe);
    net_meshos_handle_free(handle);
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    THREAD_JOIN(t);
}

/* After a shutdown that has waited for a callback in vain a free doesn't do so again. */
static void free_waits_no_second_time(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    probe_hold(&probe);
    const uint64_t began = now_ns();
    EXPECT(net_meshos_sdk_shutdown(sdk), -2, shutdown_failed);
    const uint64_t over = now_ns();
    net_meshos_sdk_free(sdk);
    CHECK((now_ns() - over) * 2 < over - began);
    CHECK_INT(atomic_load(&probe.calls.running), 1);
    pthread_t t = thread_start(let_go_later, &probe);
    net_meshos_handle_free(handle);
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    THREAD_JOIN(t);
}

struct race {
    NetMeshOsSdk *sdk;
    gauge succeeded;
};

static void *race_to_shut_down(void *argument) {
    struct race *race = argument;
    int status = net_meshos_sdk_shutdown(race->sdk);
    if (status == NET_MESHOS_OK)
        gauge_add(&race->succeeded, 1);
    else
        CHECK_INT(status, NET_MESHOS_ERR_ALREADY_SHUTDOWN);
    return NULL;
}

static void one_of_many_shutdowns_succeeds(void) {
    for (int round = 0; round < 20; round++) {
        struct race race = {.sdk = sdk_new()};
        pthread_t threads[8];
        for (size_t i = 0; i < LENGTH(threads); i++)
            threads[i] = thread_start(race_to_shut_down, &race);
        for (size_t i = 0; i < LENGTH(threads); i++)
            THREAD_JOIN(threads[i]);
        CHECK_INT(gauge_get(&race.succeeded), 1);
        net_meshos_sdk_free(race.sdk);
    }
}

const struct suite_case cases_sdk_end[] = {
    HEADER("sdk_shutdown.consumes", shutdown_consumes,
           "sdk_shutdown.consumes sdk_shutdown.again handles.consumed register.shut_down kind.already_shutdown "
           "dropped.none"),
    HEADER("sdk_shutdown.null", shutdown_needs_a_handle, "sdk_shutdown.null"),
    HEADER("sdk_free.null", free_takes_null, "sdk_free.null handle_free.null free_string.null"),
    HEADER("dropped.none_yet", nothing_is_dropped_at_first, "dropped.number"),
    HEADER("dropped.no_sdk", dropped_of_no_sdk, "dropped.none"),
    HEADER("sdk_shutdown.wakes", shutdown_wakes_waiters,
           "sdk_shutdown.wakes sdk_shutdown.handles_go_on next.ends next.after_shutdown",
              .shows = "the end of an unbounded next_control by sdk_shutdown", .sleeps = true),
    HEADER("sdk_free.wakes", free_wakes_waiters, "sdk_free.shuts_down next.ends next.after_shutdown",
              .needs = "sdk_shutdown.wakes"),
    HARDENING("sdk_shutdown.silence", no_callback_after_shutdown, "sdk_shutdown.callbacks_over", .sleeps = true,
              .needs = "callbacks.polled"),
    HARDENING("sdk_free.silence", no_callback_after_free, "sdk_free.shuts_down sdk_shutdown.callbacks_over", .sleeps = true,
              .needs = "callbacks.polled"),
    HARDENING("sdk_shutdown.waits_for_callback", shutdown_waits_for_callback, "sdk_shutdown.callbacks_over",
              .needs = "callbacks.polled"),
    HARDENING("sdk_shutdown.gives_up", shutdown_gives_up_on_callback,
              "sdk_shutdown.patience sdk_shutdown.failed kind.shutdown_failed", .sleeps = true,
              .needs = "callbacks.polled"),
    HARDENING("sdk_free.gives_up", free_gives_up_on_callback,
              "sdk_free.shuts_down sdk_shutdown.patience handle_free.callbacks_over", .sleeps = true,
              .needs = "callbacks.polled handles.freed"),
    HARDENING("sdk_free.waits_once", free_waits_no_second_time, "sdk_free.waits_once", .sleeps = true,
              .needs = "callbacks.polled handles.freed"),
    HARDENING("sdk_shutdown.concurrent", one_of_many_shutdowns_succeeds, "sdk_shutdown.again threads.any_call"),
    END,
};
