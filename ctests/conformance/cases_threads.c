/* Many threads on the same handles. */
#include <string.h>

#include "cases.h"
#include "check.h"
#include "crowd.h"
#include "fixture.h"
#include "probe.h"
#include "report.h"
#include "suite.h"
#include "sync.h"

/* Every call that leaves a handle as it is. Each thread checks its own last error on the way. */
static void use_handle(struct thread_group *c, unsigned number, int i) {
    NetMeshOsDaemonControl event = event_poison();
    char *text;
    switch ((number + (unsigned)i) % 10) {
        case 0: EXPECT_OK(net_meshos_try_next_control(c->handle, &event)); break;
        case 1: EXPECT_OK(net_meshos_next_control(c->handle, 1, &event)); break;
        case 2: CHECK_TEXT(net_meshos_handle_daemon_name(c->handle), "daemon-1"); break;
        case 3: CHECK_U64(net_meshos_handle_daemon_id(c->handle), c->id); break;
        case 4: EXPECT(net_meshos_publish_log(c->handle, -1, "a", 1), -3, invalid_log_level); break;
        case 5: EXPECT_OK(net_meshos_publish_capabilities(c->handle, "[\"a\"]", 5)); break;
        case 6: EXPECT(net_meshos_publish_capabilities(c->handle, "[1]", 3), -3, invalid_argument); break;
        case 7:
        case 8:
            text = i % 2 ? net_meshos_metadata(c->handle) : net_meshos_refresh_metadata(c->handle);
            CHECK(text && strstr(text, "\"daemon-1\"") != NULL);
            net_meshos_free_string(text);
            break;
        case 9:
            if (net_meshos_publish_log(c->handle, NET_MESHOS_LOG_INFO, "a", 1) != 0)
                EXPECT_KIND(queue_full);
            CHECK_U64(net_meshos_sdk_dropped_control_events(c->sdk), 0);
            break;
    }
}

static void *use_in_crowd(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    for (int i = 0; i < 200 && !report_has_failed(); i++)
        use_handle(c, m->number, i);
    return NULL;
}

static void sixty_four_on_one_handle(void) {
    static struct thread_group group;
    group.sdk = sdk_ticking(FAST_TICK_MS);
    group.handle = daemon_new(group.sdk, 1);
    group.id = net_meshos_handle_daemon_id(group.handle);
    run_threads(&group, 64, use_in_crowd);
    end(group.sdk, group.handle);
}

/* Waiters on one handle: the one event goes to one of them. */
static void *wait_in_crowd(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    NetMeshOsDaemonControl event = event_poison();
    int status = m->number % 2 ? net_meshos_next_control(c->handle, 0, &event)
                               : net_meshos_next_control(c->handle, 3600000, &event);
    if (status == NET_MESHOS_ERR_ALREADY_SHUTDOWN)
        gauge_add(&c->got_none, 1); /* it came after the end */
    else if (CHECK_INT(status, 0) && event.kind == NET_MESHOS_CONTROL_SHUTDOWN)
        gauge_add(&c->got_event, 1);
    else {
        CHECK_NO_EVENT(event);
        gauge_add(&c->got_none, 1);
    }
    return NULL;
}

static void *leave_in_crowd(void *argument) {
    struct thread_group *c = argument;
    GAUGE_NEED(&c->ready, c->size);
    EXPECT_OK(net_meshos_graceful_shutdown(c->handle, 20));
    return NULL;
}

static void each_event_goes_to_one(void) {
    long received = 0;
    for (unsigned round = 0; round < 30; round++) {
        struct thread_group group = {.sdk = sdk_new(), .size = 16};
        group.handle = daemon_new(group.sdk, 1);
        pthread_t leaves = thread_start(leave_in_crowd, &group);
        run_threads(&group, 16, wait_in_crowd);
        THREAD_JOIN(leaves);
        NetMeshOsDaemonControl event;
        CHECK_AT_MOST((uint64_t)gauge_get(&group.got_event), 1);
        CHECK_INT(gauge_get(&group.got_event) + gauge_get(&group.got_none), 16);
        /* They all waited from before the shutdown on or came to a handle that was consumed. */
        if (gauge_get(&group.got_event) == 0)
            EXPECT(net_meshos_try_next_control(group.handle, &event), -4, already_shutdown);
        received += gauge_get(&group.got_event);
        end(group.sdk, group.handle);
    }
    CHECK_AT_LEAST((uint64_t)received, 1);
}

/* handle_free while many threads are in next_control: all are woken, and have left the library when it returns. */
static void *wait_until_freed(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    NetMeshOsDaemonControl event = event_poison();
    int status = net_meshos_next_control(c->handle, m->number % 2 ? 0 : UINT64_MAX, &event);
    gauge_add(&c->done, 1);
    if (status == 0)
        CHECK_NO_EVENT(event);
    else
        CHECK_INT(status, -1); /* it came after the free */
    return NULL;
}

static void *free_with_crowd_inside(void *argument) {
    struct thread_group *c = argument;
    GAUGE_NEED(&c->ready, c->size);
    net_meshos_handle_free(c->handle);
    return NULL;
}

static void free_against_waiters(void) {
    for (int round = 0; round < 30; round++) {
        struct thread_group group = {.sdk = sdk_new(), .size = 24};
        group.handle = daemon_new(group.sdk, 1);
        pthread_t frees = thread_start(free_with_crowd_inside, &group);
        run_threads(&group, 24, wait_until_freed);
        THREAD_JOIN(frees);
        CHECK_INT(gauge_get(&group.done), 24);
        net_meshos_sdk_free(group.sdk);
    }
}

/* Registers and frees its own daemons, while others do the same in the same SDK. */
static void *register_in_crowd(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    for (unsigned i = 0; i < 50 && !report_has_failed(); i++) {
        NetMeshOsHandle *handle = daemon_new(c->sdk, m->number * 1000 + i), *taken = NULL;
        EXPECT(net_meshos_register_daemon(c->sdk, "a", 1, seed(m->number * 1000 + i), &taken), -2, register_failed);
        EXPECT_OK(net_meshos_publish_capabilities(handle, NULL, 0));
        if (i % 10 == 0)
            EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
        net_meshos_handle_free(handle);
        CHECK_U64(net_meshos_handle_daemon_id(handle), 0);
    }
    return NULL;
}

static void registrations_side_by_side(void) {
    static struct thread_group group;
    group.sdk = sdk_ticking(1);
    run_threads(&group, 16, register_in_crowd);
    net_meshos_sdk_free(group.sdk);
}

/* All register the same id: only one has it at a time. */
static void *compete_for_id(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    for (int i = 0; i < 100 && !report_has_failed(); i++) {
        NetMeshOsHandle *handle = NULL;
        int status = net_meshos_register_daemon(c->sdk, "a", 1, seed(1), &handle);
        if (status != 0) {
            CHECK_INT(status, -2);
            EXPECT_KIND(register_failed);
            continue;
        }
        gauge_add(&c->got_event, 1);
        CHECK_INT(gauge_get(&c->got_event), 1);
        gauge_add(&c->got_event, -1);
        gauge_add(&c->done, 1);
        net_meshos_handle_free(handle);
    }
    return NULL;
}

static void one_id_for_many(void) {
    static struct thread_group group;
    group.sdk = sdk_new();
    run_threads(&group, 16, compete_for_id);
    CHECK_AT_LEAST((uint64_t)gauge_get(&group.done), 1);
    net_meshos_handle_free(daemon_new(group.sdk, 1));
    net_meshos_sdk_free(group.sdk);
}

/* All kinds of calls run at once, and the SDK is shut down or freed meanwhile. */
static void *use_until_the_end(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    if (m->number == 0) {
        GAUGE_NEED(&c->done, 1);
        net_meshos_sdk_shutdown(c->sdk);
        net_meshos_sdk_free(c->sdk);
        return NULL;
    }
    for (unsigned i = 0;; i++) {
        NetMeshOsHandle *handle = NULL;
        NetMeshOsDaemonControl event;
        int status = net_meshos_register_daemon(c->sdk, "a", 1, seed(m->number * 100000 + i), &handle);
        if (status != 0) {
            const char *kind = net_meshos_last_error_kind();
            CHECK(kind && (strcmp(kind, already_shutdown) == 0 || strcmp(kind, invalid_handle) == 0));
            break;
        }
        net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1);
        EXPECT_OK(net_meshos_next_control(handle, 1, &event));
        net_meshos_free_string(net_meshos_refresh_metadata(handle));
        gauge_add(&c->done, 1);
        net_meshos_handle_free(handle);
    }
    return NULL;
}

static void shutdown_in_the_middle(void) {
    for (int round = 0; round < 10; round++) {
        struct thread_group group = {.sdk = sdk_ticking(1)};
        run_threads(&group, 12, use_until_the_end);
    }
}

/* One thread frees the handle while all use it: each call either works or finds the handle invalid. */
static void *use_while_freed(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    for (int i = 0; i < 300; i++) {
        NetMeshOsDaemonControl event;
        if (m->number == 0 && i == 20)
            net_meshos_handle_free(c->handle);
        int status = net_meshos_try_next_control(c->handle, &event);
        CHECK(status == 0 || status == -1);
        status = net_meshos_publish_capabilities(c->handle, "[\"a\"]", 5);
        CHECK(status == 0 || status == -1);
        status = net_meshos_publish_log(c->handle, NET_MESHOS_LOG_INFO, "a", 1);
        CHECK(status == 0 || status == -1 || status == -2);
        uint64_t id = net_meshos_handle_daemon_id(c->handle);
        CHECK(id == c->id || id == 0);
        char *text = net_meshos_metadata(c->handle);
        CHECK(text == NULL || strstr(text, "daemon-1") != NULL);
        net_meshos_free_string(text);
    }
    return NULL;
}

static void free_in_the_middle(void) {
    for (int round = 0; round < 10; round++) {
        struct thread_group group = {.sdk = sdk_new()};
        group.handle = daemon_new(group.sdk, 1);
        group.id = net_meshos_handle_daemon_id(group.handle);
        run_threads(&group, 8, use_while_freed);
        net_meshos_sdk_free(group.sdk);
    }
}

/* All free the same handle, and then the same SDK, at once. */
static void *free_in_crowd(void *argument) {
    const struct member *m = argument;
    struct thread_group *c = wait_for_all(m);
    net_meshos_handle_free(c->handle);
    CHECK_U64(net_meshos_handle_daemon_id(c->handle), 0);
    net_meshos_sdk_free(c->sdk);
    EXPECT(net_meshos_sdk_shutdown(c->sdk), -1, invalid_handle);
    return NULL;
}

static void free_by_many(void) {
    for (int round = 0; round < 20; round++) {
        static struct probe probe;
        struct thread_group group = {.sdk = sdk_ticking(1)};
        group.handle = probe_register(&probe, group.sdk, 1);
        run_threads(&group, 12, free_in_crowd);
    }
}

/* SDKs of their own, side by side. */
static void *live_apart(void *argument) {
    const struct member *m = argument;
    wait_for_all(m);
    for (unsigned i = 0; i < 20 && !report_has_failed(); i++) {
        struct probe probe = {0};
        NetMeshOsSdk *sdk = sdk_ticking(1);
        NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
        if (suite_shown("callbacks.polled"))
            PROBE_TICKS(&probe, 1);
        if (i % 2)
            EXPECT_OK(net_meshos_sdk_shutdown(sdk));
        net_meshos_sdk_free(sdk);
        net_meshos_handle_free(handle);
    }
    return NULL;
}

static void sdks_side_by_side(void) {
    static struct thread_group group;
    run_threads(&group, 16, live_apart);
}

const struct suite_case cases_threads[] = {
    HARDENING("threads.one_handle", sixty_four_on_one_handle, "threads.any_call errors.thread", .sleeps = true),
    HARDENING("threads.each_event_to_one", each_event_goes_to_one, "try_next.one_caller next.consumed", .sleeps = true,
              .needs = "graceful.received"),
    HARDENING("threads.free_against_waiters", free_against_waiters, "handle_free.wakes next.ends threads.any_call",
              .needs = "control.unbounded handles.freed"),
    HARDENING("threads.registrations", registrations_side_by_side, "threads.any_call", .needs = "handles.freed"),
    HARDENING("threads.one_id", one_id_for_many, "threads.any_call register.again"),
    HARDENING("threads.shutdown_in_the_middle", shutdown_in_the_middle, "threads.any_call sdk_shutdown.handles_go_on",
              .needs = "handles.freed"),
    HARDENING("threads.free_in_the_middle", free_in_the_middle, "threads.any_call handles.invalid",
              .needs = "handles.freed"),
    HARDENING("threads.free_by_many", free_by_many, "threads.any_call handle_free.null sdk_free.null handles.invalid",
              .needs = "handles.freed"),
    HARDENING("threads.sdks", sdks_side_by_side, "threads.any_call sdk_start.many", .uses = "callbacks.polled"),
    END,
};
