/* States that are taken without being asked for, and what a restart goes back to. */
#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "keeper.h"

CASE(saved_by_events, "saved state: taken after snapshot_events events, and what a failure goes back to") {
    KEEPER(a, t);
    mesh_keys("'dead_letter_after': 1");
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'snapshot_events': 3, 'backoff_initial_ms': 1}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    static const char *const payloads[] = {"a", "b", "c", "d", "fail"};
    for (size_t i = 0; i < LENGTH(payloads); i++) /* with the one that is held, the third is b */
        POST(sdk, a.id, 1, i, payloads[i]);
    actor_let_go(&a);
    GAUGE_NEED(&a.restores, 1);
    if (!in_durable_mesh()) /* where nothing is lost by a failure: each event is in the commit, or comes again */
        CHECK_TEXT(t.text, "ab");
    POST(sdk, a.id, 1, 9, "x");
    FLUSH(sdk, a.id);
    CHECK_TEXT(t.text, in_durable_mesh() ? "abcdx" : "abx");
    if (!in_durable_mesh())
        CHECK_INT(gauge_get(&a.snapshots), 1);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(saved_by_time, "saved state: taken snapshot_interval_ms after an event, and not from an idle daemon") {
    KEEPER(a, t);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'snapshot_interval_ms': 5, 'backoff_initial_ms': 1}");
    actor_begin(&a, sdk, 1);
    CHECK(!gauge_reaches(&a.snapshots, 1, 50));
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "a"));
    GAUGE_NEED(&a.snapshots, 1);
    CHECK(!gauge_reaches(&a.snapshots, 2, 50));
    EXPECT(deliver(sdk, a.id, 1, 2, "fail"), -2, process_failed);
    GAUGE_NEED(&a.restores, 1);
    CHECK_TEXT(t.text, "a");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(saved_none, "restart: without a state to restore the log says so") {
    KEEPER(a, t);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "a"));
    EXPECT(deliver(sdk, a.id, 1, 2, "fail"), -2, process_failed);
    CHECK(logged(sdk, "there is none to restore") == !in_durable_mesh()); /* where each event's is there */
    EXPECT_OK(deliver(sdk, a.id, 1, 3, "b"));
    CHECK_TEXT(t.text, "ab");
    CHECK_INT(gauge_get(&a.restores), in_durable_mesh() ? 1 : 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}
