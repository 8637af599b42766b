/* Callbacks: when they are called, on which threads, with what, and when they stop.
 *
 * process, snapshot and restore can't be reached through net_meshos.h: cases_events.c has those. */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "guard.h"
#include "probe.h"
#include "sync.h"

static void health_is_polled(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    PROBE_TICKS(&probe, 10);
    end(sdk, handle);
    CHECK_PROBE(&probe);
}

static void saturation_is_polled(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    GAUGE_NEED_WITHIN(&probe.saturation, 10, ticks_ms(10));
    end(sdk, handle);
    CHECK_PROBE(&probe);
}

/* Each tick calls both, so their counts differ by at most the tick that is under way. */
static void both_on_each_tick(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    PROBE_TICKS(&probe, 30);
    end(sdk, handle);
    long health = gauge_get(&probe.health), saturation = gauge_get(&probe.saturation);
    CHECK(saturation >= health - 1 && saturation <= health + 1);
}

/* Each daemon gets its own user_ctx, and callbacks come on threads that aren't the host's. */
static void own_user_ctx(void) {
    static struct probe probes[20];
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    for (unsigned i = 0; i < LENGTH(probes); i++)
        probe_register(&probes[i], sdk, i);
    for (unsigned i = 0; i < LENGTH(probes); i++) {
        PROBE_TICKS(&probes[i], 2);
        struct leaving leaving = {.handle = probes[i].handle, .grace_ms = LONG_GRACE_MS + i};
        pthread_t leaves = thread_start(leave_gracefully, &leaving);
        GAUGE_NEED(&probes[i].controls, 1);
        net_meshos_handle_free(probes[i].handle);
        THREAD_JOIN(leaves);
        CHECK_INT(gauge_get(&probes[i].controls), 1);
        CHECK_EVENT(probes[i].last, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS + i);
        CHECK(!pthread_equal(probes[i].thread, pthread_self()));
        CHECK(!pthread_equal(probes[i].thread, leaves));
        CHECK_PROBE(&probes[i]);
    }
    net_meshos_sdk_free(sdk);
}

/* The table of one daemon can serve others. */
static void user_ctx_may_be_null_or_shared(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsDaemonVtable vtable = probe_vtable();
    NetMeshOsHandle *handles[3];
    for (unsigned i = 0; i < 3; i++)
        NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(i), &vtable, &probe, &handles[i]));
    PROBE_TICKS(&probe, 9);
    for (unsigned i = 0; i < 3; i++)
        net_meshos_handle_free(handles[i]);
    net_meshos_sdk_free(sdk);
}

/* Slow callbacks at every tick, events in between: never two of a daemon at once. */
static void linger(struct probe *p) {
    gauge never = {0};
    (void)p;
    gauge_reaches(&never, 1, 3);
}

static void never_overlap(void) {
    static struct probe probes[4];
    NetMeshOsSdk *sdk = sdk_ticking(1);
    struct leaving leaving[4];
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        probes[i].in_health = linger;
        probes[i].in_control = linger;
        probe_register(&probes[i], sdk, i);
    }
    for (unsigned i = 0; i < 4; i++) {
        PROBE_TICKS(&probes[i], 10);
        leaving[i] = (struct leaving){.handle = probes[i].handle, .grace_ms = LONG_GRACE_MS};
        threads[i] = thread_start(leave_gracefully, &leaving[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        GAUGE_NEED(&probes[i].controls, 1);
        PROBE_TICKS(&probes[i], 2);
        net_meshos_handle_free(probes[i].handle);
        THREAD_JOIN(threads[i]);
        CHECK_INT(leaving[i].status, 0);
        CHECK_INT(gauge_get(&probes[i].controls), 1);
        CHECK_PROBE(&probes[i]);
    }
    net_meshos_sdk_free(sdk);
}

/* Eight daemons are inside their callbacks together; a ninth goes on ticking. */
static void daemons_run_side_by_side(void) {
    static struct probe probes[8], lively;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    probe_register(&lively, sdk, 100);
    for (unsigned i = 0; i < LENGTH(probes); i++) {
        probe_register(&probes[i], sdk, i);
        probe_hold(&probes[i]);
    }
    for (unsigned i = 0; i < LENGTH(probes); i++)
        CHECK_INT(atomic_load(&probes[i].calls.running), 1);
    PROBE_TICKS(&lively, 20);
    EXPECT_OK(net_meshos_publish_log(lively.handle, NET_MESHOS_LOG_INFO, "a", 1)); /* the supervisor isn't blocked either */
    net_meshos_handle_free(daemon_new(sdk, 200));
    for (unsigned i = 0; i < LENGTH(probes); i++)
        probe_let_go(&probes[i]);
    for (unsigned i = 0; i < LENGTH(probes); i++) {
        PROBE_TICKS(&probes[i], 2); /* it has caught up */
        net_meshos_handle_free(probes[i].handle);
        CHECK_PROBE(&probes[i]);
    }
    end(sdk, lively.handle);
}

/* user_ctx can't be accessed any more once handle_free has returned, while another daemon goes on ticking. */
static void user_ctx_is_left_alone_after_free(void) {
    static struct probe clock;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    probe_register(&clock, sdk, 1);
    for (int round = 0; round < 50; round++) {
        struct guarded g = guard_room(sizeof(struct probe) + 16);
        struct probe *probe = (struct probe *)(void *)(g.pages); /* aligned as the page is */
        memset(probe, 0, sizeof *probe);
        NetMeshOsHandle *handle = probe_register(probe, sdk, 2);
        PROBE_TICKS(probe, 1 + round % 3);
        if (round % 2 == 0)
            EXPECT_LEFT(net_meshos_graceful_shutdown(handle, 1));
        net_meshos_handle_free(handle);
        guard_seal(&g);
        PROBE_TICKS(&clock, 3);
        guard_release(&g);
    }
    end(sdk, clock.handle);
}

static void *free_handle(void *argument) {
    struct probe *p = argument;
    net_meshos_handle_free(p->handle);
    gauge_add(&p->finished, 1000000);
    return NULL;
}

static void free_waits_for_callback(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    probe_register(&probe, sdk, 1);
    probe_hold(&probe);
    pthread_t t = thread_start(free_handle, &probe);
    CHECK(!gauge_reaches(&probe.finished, 1000000, 100));
    CHECK_INT(atomic_load(&probe.calls.running), 1);
    probe_let_go(&probe);
    THREAD_JOIN(t);
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    net_meshos_sdk_free(sdk);
}

/* Whatever its callbacks return, a daemon keeps running. */
static void odd_answers(void) {
    static struct probe probe;
    static const int healths[] = {0, 1, 2, 3, -1, 99, INT32_MAX, INT32_MIN};
    static const float saturations[] = {0.0f, 0.5f, 1.0f, -0.0f, -1.0f, 1.5f, 1e38f, INFINITY, -INFINITY, NAN};
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    for (size_t i = 0; i < LENGTH(healths); i++) {
        for (size_t k = 0; k < LENGTH(saturations); k++) {
            probe.health_answer = healths[i];
            probe.saturation_answer = saturations[k];
            PROBE_TICKS(&probe, 2);
        }
        char *text = net_meshos_refresh_metadata(handle);
        CHECK(text != NULL);
        net_meshos_free_string(text);
    }
    EXPECT_LEFT(net_meshos_graceful_shutdown(handle, 1));
    end(sdk, handle);
    CHECK_PROBE(&probe);
}

/* Emits outside of any callback, with values that are no contexts. */
static void emits_without_a_context(void) {
    int on_the_stack = 0;
    void *const contexts[] = {NULL,
                              (void *)(uintptr_t)1,
                              (void *)(uintptr_t)8,
                              (void *)(uintptr_t)0xdeadbeef,
                              (void *)UINTPTR_MAX,
                              &on_the_stack,
                              guard_untouchable(),
                              guard_unmapped()};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(contexts); i++) {
        check_row("context %p", contexts[i]);
        KEEPS_ERROR(net_meshos_process_emit(contexts[i], (const uint8_t *)"x", 1));
        KEEPS_ERROR(net_meshos_process_emit(contexts[i], NULL, 0));
        KEEPS_ERROR(net_meshos_process_emit(contexts[i], NULL, 1));
        KEEPS_ERROR(net_meshos_process_emit(contexts[i], (const uint8_t *)"x", SIZE_MAX));
        KEEPS_ERROR(net_meshos_snapshot_emit(contexts[i], (const uint8_t *)"x", 1));
        KEEPS_ERROR(net_meshos_snapshot_emit(contexts[i], NULL, 0));
        KEEPS_ERROR(net_meshos_snapshot_emit(contexts[i], NULL, 1));
    }
    CHECK_INT(on_the_stack, 0);
    end(sdk, handle);
}

static void emits_with_null(void) {
    net_meshos_process_emit(NULL, NULL, 0);
    net_meshos_process_emit(NULL, (const uint8_t *)"x", 1);
    net_meshos_snapshot_emit(NULL, NULL, 0);
    net_meshos_snapshot_emit(NULL, (const uint8_t *)"x", 1);
}

const struct suite_case cases_callbacks[] = {
    HEADER("callbacks.polled", health_is_polled, "health.tick callbacks.threads", .shows = "the call of health at every tick",
           .sleeps = true),
    HEADER("callbacks.saturation", saturation_is_polled, "saturation.tick callbacks.threads",
           .shows = "the call of saturation at every tick", .sleeps = true),
    HARDENING("callbacks.each_tick", both_on_each_tick, "health.tick saturation.tick",
              .needs = "callbacks.polled callbacks.saturation"),
    HEADER("callbacks.user_ctx", own_user_ctx, "callbacks.user_ctx register.user_ctx callbacks.threads on_control.once",
              .needs = "callbacks.polled graceful.on_control graceful.freed"),
    HEADER("callbacks.shared_user_ctx", user_ctx_may_be_null_or_shared, "callbacks.user_ctx register.vtable",
              .needs = "callbacks.polled"),
    HARDENING("callbacks.never_overlap", never_overlap, "callbacks.threads", .sleeps = true,
              .needs = "callbacks.polled graceful.on_control graceful.freed"),
    HARDENING("callbacks.side_by_side", daemons_run_side_by_side, "callbacks.threads threads.who_waits",
              .needs = "callbacks.polled"),
    HARDENING("callbacks.after_free", user_ctx_is_left_alone_after_free, "register.user_ctx handle_free.callbacks_over",
              .needs = "callbacks.polled"),
    HARDENING("callbacks.free_waits", free_waits_for_callback, "handle_free.callbacks_over", .needs = "callbacks.polled"),
    HARDENING("callbacks.odd_answers", odd_answers, "callbacks.any_answer health.answer saturation.answer",
              .needs = "callbacks.polled"),
    HEADER("emit.null", emits_with_null, "process_emit.bad_context snapshot_emit.bad_context"),
    HARDENING("emit.made_up", emits_without_a_context,
              "process_emit.bad_context snapshot_emit.bad_context process_emit.last_error"),
    END,
};
