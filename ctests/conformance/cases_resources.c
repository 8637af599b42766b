/* What is left behind: threads, file descriptors, memory. Each case warms up, measures what the process holds,
 * repeats the same many times, and measures again. The library may keep some of each for later, but must not take
 * more in every round. */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "report.h"
#include "self.h"
#include "suite.h"
#include "sync.h"

/* The resources that the process holds. */
struct holdings {
    size_t threads, descriptors, allocated, resident;
};

/* Measures the resources, after waiting up to a second for what ends in the background. */
static struct holdings hold_now(const struct holdings *before) {
    uint64_t began = now_ms();
    gauge never = {0};
    while (before && now_ms() - began < 1000 &&
           (self_threads() > before->threads || self_descriptors() > before->descriptors))
        gauge_reaches(&never, 1, 20);
    return (struct holdings){self_threads(), self_descriptors(), self_allocated_bytes(), self_resident_bytes()};
}

/* The rounds are divided into parts. What a library sets up on demand or keeps for later makes some parts grow, and so
 * does a garbage collection that is late on a busy machine; a leak makes all of them grow. The first part is the
 * warm-up, whose growth doesn't matter. */
enum { PARTS = 6, LEAK = 16 /* bytes in each round */, MORE_RESIDENT = 6 << 20 /* bytes in each part */ };

/* How much a member has grown in the part where it grew least; 0 if it did not grow in some part. */
static size_t least_growth(const struct holdings *parts, size_t member) {
    size_t least = SIZE_MAX, before = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        size_t now;
        memcpy(&now, (const char *)&parts[i] + member, sizeof now);
        size_t growth = now > before ? now - before : 0;
        if (i > 0 && growth < least)
            least = growth;
        before = now;
    }
    return least;
}
#define LEAST_GROWTH(what, parts) least_growth(parts, offsetof(struct holdings, what))

static void check_rounds(void (*round)(unsigned number), unsigned warm_up, unsigned rounds) {
    struct holdings parts[PARTS];
    unsigned number = 0, each = rounds / (PARTS - 1);
    if (!self_is_visible())
        report_skipped("/proc is needed to look at");
    for (unsigned part = 0; part < PARTS; part++) {
        for (unsigned end_of_part = warm_up + part * each; number < end_of_part && !report_has_failed(); number++)
            round(number);
        parts[part] = hold_now(part > 0 ? &parts[part - 1] : NULL);
    }
    CHECK_U64(LEAST_GROWTH(threads, parts), 0);
    CHECK_U64(LEAST_GROWTH(descriptors, parts), 0);
    CHECK_AT_MOST(LEAST_GROWTH(allocated, parts), (uint64_t)each * LEAK);
    CHECK_AT_MOST(LEAST_GROWTH(resident, parts), MORE_RESIDENT);
}

static void *wait_for_the_end(void *handle) {
    NetMeshOsDaemonControl event;
    net_meshos_next_control(handle, 0, &event);
    return NULL;
}

static void one_sdk(unsigned number) {
    static struct probe probes[2];
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *plain = daemon_new(sdk, 1);
    probe_register(&probes[0], sdk, 2);
    probe_register(&probes[1], sdk, 3);
    const bool waits = suite_shown("control.unbounded") && suite_shown("sdk_shutdown.wakes");
    pthread_t t = waits ? thread_start(wait_for_the_end, plain) : pthread_self();
    if (suite_shown("callbacks.polled"))
        PROBE_TICKS(&probes[0], 1);
    net_meshos_publish_log(plain, NET_MESHOS_LOG_INFO, "a line", 6);
    net_meshos_free_string(net_meshos_refresh_metadata(plain));
    if (number % 2)
        EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    if (number % 4 < 2)
        net_meshos_sdk_free(sdk);
    else
        net_meshos_handle_free(plain);
    if (waits)
        THREAD_JOIN(t);
    net_meshos_handle_free(probes[0].handle);
    net_meshos_handle_free(probes[1].handle);
    if (number % 4 < 2)
        net_meshos_handle_free(plain);
    else
        net_meshos_sdk_free(sdk);
}

static void sdks_leave_nothing(void) {
    check_rounds(one_sdk, 200, 1000);
}

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *handle;

static void one_daemon(unsigned number) {
    static struct probe probe;
    char name[256];
    memset(name, 'n', sizeof name);
    NetMeshOsHandle *plain = NULL;
    NEED_OK(net_meshos_register_daemon(sdk, name, sizeof name, seed(number), &plain));
    net_meshos_free_string(net_meshos_metadata(plain));
    if (number % 8 == 0)
        net_meshos_handle_free(probe_register(&probe, sdk, 4000000));
    net_meshos_handle_free(plain);
}

static void daemons_leave_nothing(void) {
    sdk = sdk_ticking(FAST_TICK_MS);
    check_rounds(one_daemon, 3000, 30000);
    net_meshos_sdk_free(sdk);
}

static void one_graceful_shutdown(unsigned number) {
    enum { TOGETHER = 20 };
    struct leaving leaving[TOGETHER];
    pthread_t leave[TOGETHER];
    for (unsigned i = 0; i < TOGETHER; i++) {
        leaving[i] = (struct leaving){.handle = daemon_new(sdk, number * TOGETHER + i), .grace_ms = 1};
        leave[i] = thread_start(leave_gracefully, &leaving[i]);
    }
    for (unsigned i = 0; i < TOGETHER; i++) {
        THREAD_JOIN(leave[i]);
        net_meshos_handle_free(leaving[i].handle);
    }
}

static void graceful_shutdowns_leave_nothing(void) {
    sdk = sdk_new();
    check_rounds(one_graceful_shutdown, 20, 200);
    net_meshos_sdk_free(sdk);
}

static void some_texts(unsigned number) {
    char *texts[16];
    (void)number;
    for (size_t i = 0; i < LENGTH(texts); i++)
        texts[i] = i % 2 ? net_meshos_metadata(handle) : net_meshos_refresh_metadata(handle);
    for (size_t i = 0; i < LENGTH(texts); i++)
        net_meshos_free_string(texts[i]);
}

static void texts_leave_nothing(void) {
    static char name[16384];
    memset(name, '"', sizeof name);
    sdk = sdk_new();
    NEED_OK(net_meshos_register_daemon(sdk, name, sizeof name, seed(1), &handle));
    check_rounds(some_texts, 100, 1000); /* half a gigabyte altogether */
    end(sdk, handle);
}

/* All lines are accepted: on a busy machine, where the queue is full more often, a round takes longer but leaves the
 * same amount behind. */
static void some_lines(unsigned number) {
    static char line[4096];
    memset(line, 'l', sizeof line);
    (void)number;
    for (int i = 0; i < 100; i++)
        publish_line(handle, line, sizeof line);
}

static void logs_leave_nothing(void) {
    sdk = sdk_new();
    handle = daemon_new(sdk, 1);
    check_rounds(some_lines, 200, 1000); /* 400 MiB after the warm-up */
    end(sdk, handle);
}

static void some_failures(unsigned number) {
    NetMeshOsHandle *out = NULL;
    NetMeshOsSdk *none = NULL;
    char name[512];
    memset(name, 'n', sizeof name);
    (void)number;
    EXPECT(net_meshos_register_daemon(sdk, name, sizeof name, seed(1), &out), -2, register_failed);
    name[sizeof name - 1] = '\0';
    if (suite_shown("register.nul_in_name"))
        EXPECT(net_meshos_register_daemon(sdk, name, sizeof name, seed(2), &out), -2, runtime_panic);
    name[sizeof name - 1] = '\xff';
    EXPECT(net_meshos_register_daemon(sdk, name, sizeof name, seed(2), &out), -3, invalid_argument);
    if (suite_shown("sdk_start.queue_limit"))
        EXPECT(net_meshos_sdk_start(0, 0, SIZE_MAX, 0, 0, &none), -2, runtime_panic);
    EXPECT(net_meshos_publish_capabilities(handle, "[1]", 3), -3, invalid_argument);
    EXPECT(net_meshos_publish_log(handle, 9, "a", 1), -3, invalid_log_level);
}

static void failures_leave_nothing(void) {
    sdk = sdk_new();
    handle = daemon_new(sdk, 1);
    check_rounds(some_failures, 1000, 20000);
    end(sdk, handle);
}

static void one_sdk_without_control(unsigned number) {
    NetMeshOsSdk *without = NULL;
    NetMeshOsHandle *out = NULL;
    (void)number;
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, SIZE_MAX, &without));
    for (unsigned i = 0; i < 10; i++)
        EXPECT(net_meshos_register_daemon(without, "a", 1, seed(i), &out), -2, runtime_panic);
    net_meshos_sdk_free(without);
}

static void refused_registrations_leave_nothing(void) {
    check_rounds(one_sdk_without_control, 100, 500);
}

static void *short_thread(void *unused) {
    (void)unused;
    EXPECT(net_meshos_publish_log(handle, 9, "a", 1), -3, invalid_log_level);
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    net_meshos_free_string(net_meshos_refresh_metadata(handle));
    return NULL;
}

static void some_threads(unsigned number) {
    pthread_t t[8];
    (void)number;
    for (size_t i = 0; i < LENGTH(t); i++)
        t[i] = thread_start(short_thread, NULL);
    for (size_t i = 0; i < LENGTH(t); i++)
        THREAD_JOIN(t[i]);
}

/* Threads of the host that start, make calls and end. */
static void host_threads_leave_nothing(void) {
    sdk = sdk_new();
    handle = daemon_new(sdk, 1);
    check_rounds(some_threads, 50, 300);
    end(sdk, handle);
}

/* Capacities cost nothing until they are used. */
static void capacities_take_no_memory(void) {
    const size_t largest = ((size_t)1 << 61) - 1;
    NetMeshOsSdk *sdks[50];
    end(sdk_new(), NULL);
    size_t before = self_resident_bytes();
    for (unsigned i = 0; i < LENGTH(sdks); i++) {
        NEED_OK(net_meshos_sdk_start(0, 0, largest, largest, largest, &sdks[i]));
        for (unsigned k = 0; k < 10; k++)
            daemon_new(sdks[i], k);
    }
    CHECK_AT_MOST(self_resident_bytes(), before + (64 << 20));
    for (unsigned i = 0; i < LENGTH(sdks); i++)
        net_meshos_sdk_free(sdks[i]);
}

const struct suite_case cases_resources[] = {
    HARDENING("resources.sdks", sdks_leave_nothing, "memory.nothing_stays handles.owner sdk_free.frees",
              .uses = "callbacks.polled control.unbounded sdk_shutdown.wakes"),
    HARDENING("resources.daemons", daemons_leave_nothing, "memory.nothing_stays handle_free.unregisters"),
    HARDENING("resources.graceful_shutdowns", graceful_shutdowns_leave_nothing, "memory.nothing_stays"),
    HARDENING("resources.texts", texts_leave_nothing, "free_string.frees metadata.text"),
    HARDENING("resources.logs", logs_leave_nothing, "memory.nothing_stays log.line"),
    HARDENING("resources.failures", failures_leave_nothing, "memory.nothing_stays register.panic",
              .uses = "register.nul_in_name sdk_start.queue_limit"),
    HARDENING("resources.refused_registrations", refused_registrations_leave_nothing,
              "memory.nothing_stays sdk_start.control_limit", .needs = "sdk_start.control_limit"),
    HARDENING("resources.host_threads", host_threads_leave_nothing, "memory.nothing_stays"),
    HARDENING("resources.capacities", capacities_take_no_memory, "sdk_start.capacity"),
    END,
};
