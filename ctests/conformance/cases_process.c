/* The process: the library prints nothing, works after dlclose, and lets the process exit. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "lib.h"
#include "life.h"
#include "probe.h"
#include "report.h"
#include "suite.h"
#include "sync.h"

static void check_silence(void (*live)(void)) {
    FILE *captured = tmpfile();
    NEED(captured != NULL);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    dup2(fileno(captured), STDOUT_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
    live();
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    struct stat size;
    NEED(fstat(fileno(captured), &size) == 0);
    if (!CHECK_INT(size.st_size, 0)) {
        char text[200] = "";
        if (pread(fileno(captured), text, sizeof text - 1, 0) > 0)
            FAIL("what was printed begins with: %s", text);
    }
    fclose(captured);
}

static void prints_nothing(void) {
    check_silence(live_fully);
}

static void prints_nothing_on_misuse(void) {
    check_silence(live_carelessly);
}

static void works_after_dlclose(void) {
    NetMeshOsSdk *sdk = sdk_ticking(1);
    static struct probe probe;
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    lib_close();
    lib_close();
    if (suite_shown("callbacks.polled"))
        PROBE_TICKS(&probe, 3);
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
    EXPECT(net_meshos_publish_log(handle, 9, "a", 1), -3, invalid_log_level);
    net_meshos_free_string(net_meshos_refresh_metadata(handle));
    end(sdk, handle);
    sdk = sdk_new();
    end(sdk, daemon_new(sdk, 1));
}

static void *wait_for_ever(void *handle) {
    NetMeshOsDaemonControl event;
    net_meshos_next_control(handle, 0, &event);
    return NULL;
}

/* exit() runs what the library has registered with atexit(), while everything goes on. */
static void exit_in_the_middle(void) {
    static struct probe probes[4];
    NetMeshOsSdk *sdk = sdk_ticking(1);
    for (unsigned i = 0; i < LENGTH(probes); i++) {
        probe_register(&probes[i], sdk, i);
        thread_start(wait_for_ever, probes[i].handle);
    }
    probe_lives(&probes[0], 3);
    report_end_with_exit();
}

const struct suite_case cases_process[] = {
    HARDENING("process.silent", prints_nothing, "process.silent", .uses = LIFE_USES),
    HARDENING("process.silent_on_misuse", prints_nothing_on_misuse, "process.silent", .needs = "handles.freed"),
    HARDENING("process.dlclose", works_after_dlclose, "process.dlclose", .uses = "callbacks.polled"),
    HARDENING("process.exit", exit_in_the_middle, "process.exit"),
    END,
};
