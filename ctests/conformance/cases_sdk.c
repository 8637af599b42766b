/* net_meshos_sdk_start: capacities, defaults, ticks, several SDKs. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "mesh.h"
#include "guard.h"
#include "probe.h"
#include "sync.h"

static const size_t largest = ((size_t)1 << 61) - 1;
static const size_t too_large[] = {(size_t)1 << 61, ((size_t)1 << 61) + 1, (size_t)1 << 62, (size_t)1 << 63, SIZE_MAX - 1,
                                   SIZE_MAX};

static void out_is_needed(void) {
    EXPECT(net_meshos_sdk_start(1, 2, 3, 4, 5, NULL), NET_MESHOS_ERR_INVALID_ARG, invalid_argument);
}

/* Each of the three, and all; the SDK must then work. */
static void accepts_capacities(void) {
    const size_t sizes[] = {1, 2, 3, 16, 1024, 65536, (size_t)1 << 31, (size_t)1 << 32, (size_t)1 << 60, largest};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        for (int which = 0; which < 4; which++) {
            NetMeshOsSdk *sdk = NULL;
            check_row("capacity %zu for %s", sizes[i],
                      (const char *const[]){"the event queue", "the action queue", "control", "all"}[which]);
            NEED_OK(net_meshos_sdk_start(1, 0, which == 0 || which == 3 ? sizes[i] : 0,
                                         which == 1 || which == 3 ? sizes[i] : 0,
                                         which == 2 || which == 3 ? sizes[i] : 0, &sdk));
            NetMeshOsHandle *handle = daemon_new(sdk, 1);
            publish_line(handle, "a", 1); /* the event of the registration may still be in a queue of 1 */
            end(sdk, handle);
        }
    }
}

static void refuses_queue_capacities(void) {
    for (size_t i = 0; i < LENGTH(too_large); i++) {
        NetMeshOsSdk *sdk = POISON_SDK;
        check_row("capacity %zu", too_large[i]);
        EXPECT(net_meshos_sdk_start(1, 0, too_large[i], 0, 0, &sdk), -2, runtime_panic);
        EXPECT(net_meshos_sdk_start(1, 0, 0, too_large[i], 0, &sdk), -2, runtime_panic);
        EXPECT(net_meshos_sdk_start(1, 0, too_large[i], too_large[i], 0, &sdk), -2, runtime_panic);
    }
    check_row(NULL);
    NetMeshOsSdk *sdk = sdk_new();
    end(sdk, daemon_new(sdk, 1));
}

static void refusal_leaves_out_alone(void) {
    NetMeshOsSdk *sdk = POISON_SDK;
    EXPECT(net_meshos_sdk_start(1, 0, SIZE_MAX, 0, 0, &sdk), -2, runtime_panic);
    CHECK_POINTER(sdk, POISON_SDK);
}

/* The start succeeds, each registration fails, and everything else works. */
static void refuses_control_capacities_late(void) {
    for (size_t i = 0; i < LENGTH(too_large); i++) {
        NetMeshOsSdk *sdk = NULL;
        check_row("capacity %zu", too_large[i]);
        NEED_OK(net_meshos_sdk_start(1, 0, 0, 0, too_large[i], &sdk));
        for (int again = 0; again < 3; again++) {
            for (size_t r = 0; r < LENGTH(registrations); r++) {
                NetMeshOsHandle *handle = POISON_HANDLE;
                EXPECT(registrations[r].call(sdk, "a", 1, seed(1), &handle), -2, runtime_panic);
                CHECK_POINTER(handle, POISON_HANDLE);
            }
        }
        CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
        EXPECT_OK(net_meshos_sdk_shutdown(sdk));
        net_meshos_sdk_free(sdk);
    }
}

/* A capacity may be 2^61-1; memory depends on what waits. */
static void huge_queue_takes_what_comes(void) {
    NetMeshOsSdk *sdk = NULL;
    NEED_OK(net_meshos_sdk_start(1, 0, largest, largest, largest, &sdk));
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (int i = 0; i < 20000; i++)
        if (!EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_DEBUG, "line", 4)))
            break;
    end(sdk, handle);
}

/* 0 means 1024: a burst of half of that always has room. */
static void default_queue_takes_a_burst(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (int i = 0; i < 512; i++)
        EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_DEBUG, "line", 4));
    end(sdk, handle);
}

static void default_node_is_0(void) {
    NetMeshOsSdk *sdk = NULL;
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *text = net_meshos_metadata(handle);
    NEED(text != NULL);
    CHECK((strstr(text, ",\"node_id\":0,") == NULL) == in_mesh()); /* where each node has an id of its own */
    net_meshos_free_string(text);
    end(sdk, handle);
}

/* n more ticks span at least n-1 intervals. After a late tick the interval to the next is shorter, so only half of
 * that time is required. */
static uint64_t time_of_ticks(uint64_t interval, long n) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(interval);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    PROBE_TICKS(&probe, 1);
    uint64_t began = now_ms();
    PROBE_TICKS(&probe, n);
    uint64_t took = now_ms() - began;
    end(sdk, handle);
    return took;
}

static void default_tick_is_500(void) {
    uint64_t took = time_of_ticks(0, 3);
    CHECK_AT_LEAST(took, 500);
    CHECK_AT_MOST(took, 15000);
}

static void ticks_at_its_interval(void) {
    CHECK_AT_LEAST(time_of_ticks(100, 13), 600);
    CHECK_AT_LEAST(time_of_ticks(10, 101), 500);
    CHECK_AT_MOST(time_of_ticks(1, 10), 15000);
}

enum { LONG_INTERVALS = 5 };

/* The last two are where a conversion to nanoseconds overflows. */
static const uint64_t long_intervals[LONG_INTERVALS] = {UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 63,
                                                        UINT64_MAX / 1000000, UINT64_MAX / 1000000 + 1};

static void takes_long_intervals(void) {
    for (size_t i = 0; i < LONG_INTERVALS; i++) {
        check_row("interval %llu", (unsigned long long)long_intervals[i]);
        NetMeshOsSdk *sdk = sdk_ticking(long_intervals[i]);
        NetMeshOsHandle *handle = daemon_new(sdk, 1);
        EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
        net_meshos_free_string(net_meshos_refresh_metadata(handle));
        EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
        EXPECT_OK(net_meshos_sdk_shutdown(sdk));
        end(sdk, handle);
    }
}

/* The ticks of another SDK serve as the clock. */
static void long_intervals_never_tick(void) {
    const uint64_t *intervals = long_intervals;
    static struct probe idle[LONG_INTERVALS], clock;
    NetMeshOsSdk *sdks[LONG_INTERVALS], *ticking = sdk_ticking(FAST_TICK_MS);
    for (size_t i = 0; i < LONG_INTERVALS; i++) {
        sdks[i] = sdk_ticking(intervals[i]);
        probe_register(&idle[i], sdks[i], 1);
    }
    NetMeshOsHandle *handle = probe_register(&clock, ticking, 1);
    PROBE_TICKS(&clock, 50);
    for (size_t i = 0; i < LONG_INTERVALS; i++) {
        check_row("interval %llu", (unsigned long long)intervals[i]);
        CHECK_INT(gauge_get(&idle[i].health), 0);
        CHECK_INT(gauge_get(&idle[i].saturation), 0);
        end(sdks[i], idle[i].handle);
    }
    end(ticking, handle);
}

/* SDKs don't affect each other. */
static void sdks_share_nothing(void) {
    enum { MANY = 16 };
    NetMeshOsSdk *sdks[MANY];
    NetMeshOsHandle *handles[MANY];
    for (int i = 0; i < MANY; i++) {
        NEED_OK(net_meshos_sdk_start((uint64_t)i, 0, 0, 0, 0, &sdks[i]));
        handles[i] = daemon_new(sdks[i], 1);
        for (int k = 0; k < i; k++) {
            CHECK(sdks[i] != sdks[k]);
            CHECK(handles[i] != handles[k]);
        }
    }
    for (int i = 0; i < MANY; i += 2)
        EXPECT_OK(net_meshos_sdk_shutdown(sdks[i]));
    for (int i = 0; i < MANY; i++) {
        char node[32];
        snprintf(node, sizeof node, ",\"node_id\":%d,", i);
        char *text = net_meshos_refresh_metadata(handles[i]);
        NEED(text != NULL);
        CHECK(strstr(text, node) != NULL || (i == 0 && in_mesh()));
        net_meshos_free_string(text);
        if (i % 2 == 0) {
            EXPECT(net_meshos_publish_log(handles[i], NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
        } else {
            EXPECT_OK(net_meshos_publish_log(handles[i], NET_MESHOS_LOG_INFO, "a", 1));
            CHECK_U64(net_meshos_sdk_dropped_control_events(sdks[i]), 0);
        }
    }
    for (int i = 0; i < MANY; i++)
        end(sdks[i], handles[i]);
}

const struct suite_case cases_sdk[] = {
    HEADER("sdk_start.out_null", out_is_needed, "sdk_start.null_out errors.default_kind"),
    REFERENCE("sdk_start.capacities", accepts_capacities, "sdk_start.capacity sdk_start.out"),
    HEADER("sdk_start.queue_limit", refuses_queue_capacities, "sdk_start.queue_limit kind.runtime_panic",
              .shows = "the refusal of a queue capacity of 2^61"),
    HARDENING("sdk_start.out_untouched", refusal_leaves_out_alone, "errors.out_untouched",
              .needs = "sdk_start.queue_limit"),
    HEADER("sdk_start.control_limit", refuses_control_capacities_late,
           "sdk_start.control_limit register.panic kind.runtime_panic errors.out_untouched",
              .shows = "the refusal of registrations with a control capacity of 2^61"),
    REFERENCE("sdk_start.huge_queue", huge_queue_takes_what_comes, "sdk_start.capacity"),
    HEADER("sdk_start.default_queue", default_queue_takes_a_burst, "sdk_start.defaults sdk_start.event_queue"),
    HEADER("sdk_start.default_node", default_node_is_0, "sdk_start.defaults sdk_start.this_node"),
    HARDENING("sdk_start.default_tick", default_tick_is_500, "sdk_start.defaults sdk_start.tick", .sleeps = true,
              .needs = "callbacks.polled"),
    HARDENING("sdk_start.tick", ticks_at_its_interval, "sdk_start.tick health.tick", .sleeps = true,
              .needs = "callbacks.polled"),
    REFERENCE("sdk_start.long_intervals", takes_long_intervals, "sdk_start.tick_never"),
    HARDENING("sdk_start.never_ticks", long_intervals_never_tick, "sdk_start.tick_never", .sleeps = true,
              .needs = "callbacks.polled"),
    REFERENCE("sdk_start.many", sdks_share_nothing, "sdk_start.many"),
    END,
};
