/* Taking the node, or one daemon, out of work and back. */
#include "calls.h"

static void calls_hand_everything_to_go(void) {
    calls_begin();
    struct frame f;
    EXPECT(net_meshos_ext_enter_maintenance(sdk, UINT64_MAX), 0, NULL);
    CHECK_TEXT(go.last, "goEnterMaintenance");
    CHECK(ARGUMENT(drainMS) == UINT64_MAX);
    EXPECT(net_meshos_ext_exit_maintenance(sdk), 0, NULL);
    CHECK_TEXT(go.last, "goExitMaintenance");
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    EXPECT(net_meshos_ext_stop_daemon(sdk, 10, 11), 0, NULL);
    CHECK_TEXT(go.last, "goStopDaemon");
    CHECK(ARGUMENT(id) == 10 && ARGUMENT(graceMS) == 11 && POINTER(frame) == &f);
    frame_leave(&f);
    EXPECT(net_meshos_ext_restart_daemon(sdk, 12), 0, NULL);
    CHECK_TEXT(go.last, "goRestartDaemon");
    CHECK(ARGUMENT(id) == 12);
    calls_end();
}

const struct test maintenance_tests[] = {
    {"maintenance: calls hand everything to Go", calls_hand_everything_to_go},
    {NULL, NULL},
};
