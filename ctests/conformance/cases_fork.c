/* Children of fork(), without exec. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "report.h"
#include "suite.h"
#include "sync.h"

/* Runs body in a child and returns when that has ended. In the child: assertions, but no gauge and no thread. */
static void in_a_child(void (*body)(NetMeshOsSdk *, NetMeshOsHandle *), NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm((unsigned)(soon_ms() / 1000) + 1);
        body(sdk, handle);
        _exit(report_has_failed());
    }
    int status = 0;
    NEED(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        FAIL("the child of fork hangs");
    else if (WIFSIGNALED(status))
        FAIL("the child of fork was killed by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        FAIL("the child of fork has failed");
}

static void everything_is_refused(NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    NetMeshOsSdk *sdk_out = POISON_SDK;
    NetMeshOsHandle *handle_out = POISON_HANDLE;
    NetMeshOsDaemonControl event = event_poison();
    NetMeshOsDaemonVtable vtable = probe_vtable();
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk_out), -2, forked);
    EXPECT(net_meshos_register_daemon(sdk, "a", 1, seed(9), &handle_out), -2, forked);
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, "a", 1, seed(9), &vtable, NULL, &handle_out), -2, forked);
    EXPECT(net_meshos_try_next_control(handle, &event), -2, forked);
    EXPECT(net_meshos_next_control(handle, 0, &event), -2, forked);
    EXPECT(net_meshos_next_control(handle, UINT64_MAX, &event), -2, forked);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, forked);
    EXPECT(net_meshos_publish_capabilities(handle, "[]", 2), -2, forked);
    EXPECT(net_meshos_graceful_shutdown(handle, 0), -2, forked);
    EXPECT(net_meshos_sdk_shutdown(sdk), -2, forked);
    CHECK_POINTER(sdk_out, POISON_SDK);
    CHECK_POINTER(handle_out, POISON_HANDLE);
    CHECK(event_untouched(&event));
    CHECK_POINTER(net_meshos_metadata(handle), NULL);
    CHECK_POINTER(net_meshos_refresh_metadata(handle), NULL);
    CHECK_POINTER(net_meshos_handle_daemon_name(handle), NULL);
    CHECK_U64(net_meshos_handle_daemon_id(handle), 0);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    net_meshos_process_emit(NULL, NULL, 0);
    net_meshos_snapshot_emit(NULL, NULL, 0);
    net_meshos_free_string(NULL);
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
    net_meshos_clear_last_error();
    EXPECT_KIND(NULL);
}

static void child_is_refused(void) {
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    in_a_child(everything_is_refused, sdk, handle);
    end(sdk, handle);
}

/* Whatever the library does at the moment of the fork must not block the child. */
static void *be_busy(void *argument) {
    NetMeshOsHandle *handle = argument;
    NetMeshOsDaemonControl event;
    while (net_meshos_next_control(handle, 1, &event) == 0) {
        net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1);
        net_meshos_free_string(net_meshos_refresh_metadata(handle));
        net_meshos_publish_capabilities(handle, "[\"a\"]", 5);
    }
    return NULL;
}

static void child_of_a_busy_process_is_refused(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    pthread_t threads[6];
    for (size_t i = 0; i < LENGTH(threads); i++)
        threads[i] = thread_start(be_busy, handle);
    for (int i = 0; i < 50 && !report_has_failed(); i++)
        in_a_child(everything_is_refused, sdk, handle);
    net_meshos_handle_free(handle);
    for (size_t i = 0; i < LENGTH(threads); i++)
        THREAD_JOIN(threads[i]);
    net_meshos_sdk_free(sdk);
}

static void nothing(NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    (void)sdk, (void)handle;
}

/* The child's frees and failures are not the parent's. */
static void parent_goes_on(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    char *text = net_meshos_metadata(handle);
    in_a_child(suite_shown("fork.child") ? everything_is_refused : nothing, sdk, handle);
    if (suite_shown("callbacks.polled"))
        PROBE_TICKS(&probe, 3);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "probe-1");
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
    net_meshos_handle_free(daemon_new(sdk, 2));
    char *again = net_meshos_refresh_metadata(handle);
    CHECK_TEXT(again, text);
    net_meshos_free_string(again);
    net_meshos_free_string(text);
    EXPECT_LEFT(net_meshos_graceful_shutdown(handle, 1));
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    end(sdk, handle);
}

/* A child that makes no calls. */
static void child_may_just_end(void) {
    static struct probe probe;
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    for (int i = 0; i < 20; i++)
        in_a_child(nothing, sdk, handle);
    if (suite_shown("callbacks.polled"))
        PROBE_TICKS(&probe, 3);
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
    EXPECT_LEFT(net_meshos_graceful_shutdown(handle, 1));
    end(sdk, handle);
}

/* A grandchild, and a process that forks before its first SDK. */
static void fork_again(NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    in_a_child(everything_is_refused, sdk, handle);
}

static void grandchild_is_refused(void) {
    in_a_child(nothing, NULL, NULL);
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    in_a_child(fork_again, sdk, handle);
    end(sdk, handle);
}

const struct suite_case cases_fork[] = {
    HARDENING("fork.child", child_is_refused, "fork.child kind.forked errors.out_untouched",
              .shows = "the refusal of calls in a forked child", .sleeps = true),
    HARDENING("fork.busy", child_of_a_busy_process_is_refused, "fork.child", .needs = "fork.child"),
    HARDENING("fork.parent", parent_goes_on, "fork.parent", .uses = "fork.child callbacks.polled"),
    HARDENING("fork.idle_child", child_may_just_end, "fork.parent", .uses = "callbacks.polled"),
    HARDENING("fork.grandchild", grandchild_is_refused, "fork.child fork.parent", .needs = "fork.child"),
    END,
};
