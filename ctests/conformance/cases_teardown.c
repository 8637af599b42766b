/* Everything after the end of the SDK, and all orders of ending and freeing. */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "mesh.h"

/* What still works and what doesn't on a handle whose SDK has been shut down or freed. */
static void check_orphan(NetMeshOsHandle *handle, const char *metadata_before) {
    NetMeshOsDaemonControl event = event_poison();
    EXPECT_OK(net_meshos_try_next_control(handle, &event));
    CHECK_NO_EVENT(event);
    event = event_poison();
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_NO_EVENT(event);
    for (int again = 0; again < 3; again++)
        EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
    EXPECT_OK(net_meshos_publish_capabilities(handle, "[\"a\"]", 5));
    EXPECT_OK(net_meshos_publish_capabilities(handle, NULL, 0));
    EXPECT(net_meshos_publish_capabilities(handle, "null", 4), -3, invalid_argument);

    char *text = net_meshos_metadata(handle);
    CHECK_TEXT(text, metadata_before);
    net_meshos_free_string(text);
    text = net_meshos_refresh_metadata(handle);
    CHECK_TEXT(text, metadata_before);
    net_meshos_free_string(text);

    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    CHECK(net_meshos_handle_daemon_id(handle) != 0);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    EXPECT(net_meshos_graceful_shutdown(handle, 1), -4, already_shutdown);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    net_meshos_handle_free(handle);
}

static void orphans_after_shutdown(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *before = net_meshos_metadata(handle);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    check_orphan(handle, before);
    net_meshos_free_string(before);
    net_meshos_sdk_free(sdk);
}

static void orphans_after_shutdown_and_free(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *before = net_meshos_metadata(handle);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
    check_orphan(handle, before);
    net_meshos_free_string(before);
}

static void orphans_after_free(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *before = net_meshos_metadata(handle);
    net_meshos_sdk_free(sdk);
    check_orphan(handle, before);
    net_meshos_free_string(before);
}

/* The calls that end an SDK with two daemons. */
enum step { SHUT_DOWN, FREE_SDK, LEAVE_A, FREE_A, FREE_B, TEXT, STEPS };
static const char *const step_names[] = {"sdk_shutdown", "sdk_free",         "graceful_shutdown a",
                                         "handle_free a", "handle_free b", "free_string"};

static void run_steps(const enum step *steps) {
    static struct probe probe; /* its callbacks may come at any step, until b is freed */
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsHandle *a = daemon_new(sdk, 1), *b = probe_register(&probe, sdk, 2);
    char *text = net_meshos_metadata(a);
    bool sdk_freed = false, a_freed = false;
    for (int i = 0; i < STEPS; i++) {
        switch (steps[i]) {
            case SHUT_DOWN:
                if (!sdk_freed)
                    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
                break;
            case FREE_SDK:
                net_meshos_sdk_free(sdk);
                sdk_freed = true;
                break;
            case LEAVE_A:
                if (!a_freed)
                    EXPECT_OK(net_meshos_graceful_shutdown(a, 1));
                break;
            case FREE_A:
                net_meshos_handle_free(a);
                a_freed = true;
                break;
            case FREE_B: net_meshos_handle_free(b); break;
            case TEXT:
                CHECK(text && strstr(text, "daemon-1") != NULL);
                net_meshos_free_string(text);
                break;
            case STEPS: break;
        }
    }
}

/* Calls run_steps with every order of the steps from `fixed` on. */
static void permute(enum step *steps, int fixed) {
    static unsigned orders;
    if (fixed == STEPS && in_durable_mesh() && orders++ % 7 != 0)
        return; /* one in seven, as each SDK joins a mesh */
    if (fixed == STEPS) {
        char names[200] = "";
        for (int i = 0; i < STEPS; i++) {
            strcat(names, step_names[steps[i]]);
            strcat(names, i + 1 < STEPS ? ", " : "");
        }
        check_row("%s", names);
        run_steps(steps);
        return;
    }
    for (int i = fixed; i < STEPS; i++) {
        enum step swapped = steps[fixed];
        steps[fixed] = steps[i];
        steps[i] = swapped;
        permute(steps, fixed + 1);
        swapped = steps[fixed];
        steps[fixed] = steps[i];
        steps[i] = swapped;
    }
}

static void any_order(void) {
    enum step steps[STEPS] = {SHUT_DOWN, FREE_SDK, LEAVE_A, FREE_A, FREE_B, TEXT};
    permute(steps, 0);
}

/* One SDK after another, each as usable as the first. */
static void sdk_after_sdk(void) {
    for (int i = 0; i < 50; i++) {
        NetMeshOsSdk *sdk = sdk_new();
        NetMeshOsHandle *handle = daemon_new(sdk, 1);
        EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
        if (i % 2 == 0)
            end(sdk, handle);
        else {
            net_meshos_sdk_free(sdk);
            net_meshos_handle_free(handle);
        }
    }
}

const struct suite_case cases_teardown[] = {
    REFERENCE("teardown.after_shutdown", orphans_after_shutdown,
              "sdk_shutdown.handles_outlive sdk_shutdown.handles_go_on metadata.after_shutdown "
              "capabilities.after_shutdown log.loop_closed kind.loop_closed graceful.after_shutdown "
              "daemon_id.lifetime daemon_name.lifetime"),
    REFERENCE("teardown.after_shutdown_and_free", orphans_after_shutdown_and_free,
              "sdk_shutdown.handles_outlive sdk_free.frees sdk_free.handles_stay metadata.after_shutdown"),
    REFERENCE("teardown.after_free", orphans_after_free,
              "sdk_free.shuts_down sdk_free.handles_stay metadata.after_shutdown log.loop_closed next.after_shutdown"),
    REFERENCE("teardown.any_order", any_order, "handles.any_order sdk_shutdown.handles_freed handles.owner"),
    REFERENCE("teardown.again_and_again", sdk_after_sdk, "handles.owner sdk_free.frees"),
    END,
};
