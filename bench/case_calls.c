/* Calls that return at once: errors, accessors, receives, metadata, capabilities. */
#include <string.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"
#include "meter.h"

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *daemon;
static NetMeshOsDaemonControl control;

static const char tags[] = "[\"hardware.gpu\",\"software.model.foo=llama-3.1-70b\"]";

void calls_setup(void) {
    sdk = fixture_sdk(0, 0);
    daemon = fixture_daemon(sdk);
}

/* Defines NAME, a round that times the call. */
#define TIMED(name, key_, call)                                            \
    static void name##_calls(size_t n) {                                   \
        for (size_t i = 0; i < n; i++)                                     \
            call;                                                          \
    }                                                                      \
    static void name(void) {                                               \
        static struct meter m = {key_, name##_calls, 50 * MS, 0, 0};       \
        meter_round(&m);                                                   \
    }

TIMED(time_error_null, "error_null", lib.publish_log(NULL, NET_MESHOS_LOG_INFO, "x", 1))
TIMED(time_error_level, "error_level", lib.publish_log(daemon, 17, "x", 1))
TIMED(time_last_error_kind, "last_error_kind", lib.last_error_kind())
TIMED(time_clear_last_error, "clear_last_error", lib.clear_last_error())
TIMED(time_daemon_id, "daemon_id", lib.handle_daemon_id(daemon))
TIMED(time_daemon_name, "daemon_name", lib.handle_daemon_name(daemon))
TIMED(time_try_next, "try_next", lib.try_next_control(daemon, &control))
TIMED(time_dropped, "dropped", lib.sdk_dropped_control_events(sdk))
TIMED(time_metadata, "metadata", lib.free_string(lib.metadata(daemon)))
TIMED(time_refresh, "refresh", lib.free_string(lib.refresh_metadata(daemon)))
TIMED(time_capabilities, "capabilities", lib.publish_capabilities(daemon, tags, sizeof tags - 1))

/* Each case first checks that the call does what it is timed for. */

void calls_error_null(void) {
    child_expect("publish_log", lib.publish_log(NULL, NET_MESHOS_LOG_INFO, "x", 1), NET_MESHOS_ERR_NULL);
    time_error_null();
}

void calls_error_level(void) {
    child_expect("publish_log", lib.publish_log(daemon, 17, "x", 1), NET_MESHOS_ERR_INVALID_ARG);
    time_error_level();
}

void calls_accessors(void) {
    lib.publish_log(NULL, NET_MESHOS_LOG_INFO, "x", 1);
    const char *kind = lib.last_error_kind(), *name = lib.handle_daemon_name(daemon);
    if (!kind || strcmp(kind, "invalid_argument") != 0)
        child_fail("last_error_kind is not invalid_argument");
    if (lib.handle_daemon_id(daemon) == 0 || !name || strcmp(name, "bench") != 0)
        child_fail("the daemon's id or name is wrong");
    time_last_error_kind();
    time_clear_last_error();
    time_daemon_id();
    time_daemon_name();
}

void calls_try_next(void) {
    EXPECT_OK("try_next_control", lib.try_next_control(daemon, &control));
    if (control.kind != NET_MESHOS_CONTROL_NONE)
        child_fail("the control channel is not empty");
    time_try_next();
}

void calls_dropped(void) {
    if (lib.sdk_dropped_control_events(sdk) != 0)
        child_fail("control events have been dropped");
    time_dropped();
}

static void expect_text(const char *call, char *text) {
    if (!text)
        child_fail("%s returned NULL", call);
    lib.free_string(text);
}

void calls_metadata(void) {
    expect_text("metadata", lib.metadata(daemon));
    time_metadata();
}

void calls_refresh(void) {
    expect_text("refresh_metadata", lib.refresh_metadata(daemon));
    time_refresh();
}

void calls_capabilities(void) {
    EXPECT_OK("publish_capabilities", lib.publish_capabilities(daemon, tags, sizeof tags - 1));
    time_capabilities();
}

/* The real time of a wait that times out, in ms. */
void next_control_round(void) {
    int waits = child.quick ? 3 : 30;
    uint64_t began = now_ns();
    for (int i = 0; i < waits; i++)
        EXPECT_OK("next_control", lib.next_control(daemon, 1, &control));
    child_sample("next_control", (double)(now_ns() - began) / waits / (double)MS);
}
