/* on_process_failure "restart": backoff, and the state that a restart restores. */
#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "worker.h"

enum { HOUR = 3600000 };

CASE(restart_at_once, "restart: a daemon that fails for the first time goes on at once, and waits when it fails again") {
    WORKER(a, w);
    put_aside_at_once();
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': %d, 'backoff_max_ms': %d}",
                                HOUR, HOUR);
    actor_begin(&a, sdk, 1);
    NetMeshOsEvent events[3] = {event(1, 1, "good"), event(1, 2, "fail"), event(1, 3, "good")};
    NEED_OK(net_meshos_ext_post(sdk, a.id, events, 3, NULL));
    FLUSH(sdk, a.id); /* a backoff would be longer than anybody's patience */
    CHECK_U64(w.events, in_durable_mesh() ? 4 : 3); /* there the first is processed again, as it wasn't committed */
    CHECK_U64(a.last_sequence, 3);
    CHECK_U64(json_u64(look_at(sdk, a.id), "failures"), 1);
    CHECK_U64(json_u64(look_at(sdk, a.id), "restarts"), 1);
    CHECK_TEXT(lifecycle(&a), "running");
    EXPECT(deliver(sdk, a.id, 1, 4, "fail"), -2, process_failed);
    CHECK_TEXT(lifecycle(&a), "backing_off");
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id)); /* which forgets the failures */
    EXPECT(deliver(sdk, a.id, 1, 5, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 6, "good"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_first_stable, "restart: after stable_run_ms without a failure the next is a first one again") {
    enum { STABLE = 30 };
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': %d, 'backoff_max_ms': %d,"
                                "'stable_run_ms': %d}", HOUR, HOUR, STABLE);
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 3; i++) {
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
        EXPECT_OK(deliver(sdk, a.id, 1, i, "good"));
        uint64_t good = now_ms();
        POLL_UNTIL(now_ms() > good + STABLE + 1);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_waits, "restart: a daemon that failed gets no event until the backoff is over; nothing is lost") {
    enum { WAIT = 100 };
    WORKER(a, w);
    put_aside_at_once();
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': %d}", WAIT);
    actor_begin(&a, sdk, 1);
    NetMeshOsEvent events[3] = {event(1, 1, "fail"), event(1, 2, "good"), event(1, 3, "good")};
    NEED_OK(net_meshos_ext_post(sdk, a.id, events, 3, NULL));
    GAUGE_NEED(&a.processed, 1);
    EXPECT_OK(post(sdk, a.id, 1, 4, "good")); /* events may still be posted */
    EXPECT_OK(deliver(sdk, a.id, 1, 5, "good")); /* and deliver waits */
    CHECK_AT_LEAST(w.at[1] - w.at[0] + 1, WAIT);
    CHECK_U64(w.events, 5);
    CHECK_U64(a.last_sequence, 5);
    CHECK_U64(json_u64(look_at(sdk, a.id), "failures"), 1);
    CHECK_U64(json_u64(look_at(sdk, a.id), "restarts"), 1);
    CHECK_TEXT(lifecycle(&a), "running");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_after_deliver, "restart: deliver gets process_failed, and the daemon is held as well") {
    enum { WAIT = 100 };
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': %d}", WAIT);
    actor_begin(&a, sdk, 1);
    EXPECT(deliver(sdk, a.id, 1, 1, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "good"));
    CHECK_AT_LEAST(w.at[1] - w.at[0] + 1, WAIT);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_doubles, "restart: after the second failure, each wait is twice the one before, up to backoff_max_ms") {
    static const uint64_t waits[] = {0, 20, 40, 80, 100, 100};
    WORKER(a, w);
    put_aside_at_once();
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 20, 'backoff_max_ms': 100,"
                                "'crash_loop_threshold': 100}");
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i <= LENGTH(waits); i++)
        POST(sdk, a.id, 1, i, "fail");
    GAUGE_NEED(&a.processed, (long)LENGTH(waits) + 1);
    for (size_t i = 0; i < LENGTH(waits); i++)
        CHECK_AT_LEAST(w.at[i + 1] - w.at[i] + 1, waits[i]);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_shown, "restart: backing_off is shown, and restart_daemon ends it at once") {
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': %d, 'backoff_max_ms': %d}",
                                HOUR, HOUR);
    actor_begin(&a, sdk, 1);
    EXPECT(deliver(sdk, a.id, 1, 1, "fail"), -2, process_failed);
    CHECK_TEXT(lifecycle(&a), "backing_off");
    EXPECT_OK(net_meshos_ext_flush(sdk, a.id, enough_ms())); /* nothing waits */
    POST(sdk, a.id, 1, 2, "good");
    EXPECT(net_meshos_ext_flush(sdk, a.id, 20), -2, timeout);
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    FLUSH(sdk, a.id);
    CHECK_U64(w.events, 2);
    CHECK_TEXT(lifecycle(&a), "running");
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id)); /* one that runs */
    EXPECT_OK(deliver(sdk, a.id, 1, 3, "good"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(stable_run, "restart: stable_run_ms of good running forget the failures before") {
    enum { STABLE = 30 };
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1,"
                                "'crash_loop_threshold': 2, 'stable_run_ms': %d}", STABLE);
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 4; i++) {
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
        NEED_OK(deliver(sdk, a.id, 1, i, "good")); /* it is held for a time only */
        uint64_t good = now_ms();
        POLL_UNTIL(now_ms() > good + STABLE + 1);
    }
    EXPECT(deliver(sdk, a.id, 1, 9, "fail"), -2, process_failed);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* ---- State ---- */

CASE(restart_restores, "restart: goes back to the state that snapshot took last") {
    STATEFUL(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1}");
    actor_begin(&a, sdk, 1);
    EXPECT(deliver(sdk, a.id, 1, 1, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "good"));
    const long at_first = in_durable_mesh() ? 1 : 0; /* there with what is there before the first event: nothing */
    CHECK_INT(gauge_get(&a.restores), at_first); /* no snapshot yet: nothing is restored */
    CHECK_U64(w.restored_length, 0);
    take_snapshot(&a, "first");
    take_snapshot(&a, "second");
    if (in_durable_mesh())
        EXPECT_OK(deliver(sdk, a.id, 1, 20, "good")); /* which commits it: there that is what counts */
    EXPECT(deliver(sdk, a.id, 1, 3, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 4, "good")); /* after the restore */
    CHECK_INT(gauge_get(&a.restores), at_first + 1);
    CHECK_TEXT(w.restored, "second");
    EXPECT(deliver(sdk, a.id, 1, 5, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 6, "good")); /* the same again */
    CHECK_INT(gauge_get(&a.restores), at_first + 2);
    CHECK_TEXT(w.restored, "second");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_restores_empty, "restart: goes back to a state of no bytes, if that is what snapshot took last") {
    STATEFUL(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1}");
    actor_begin(&a, sdk, 1);
    take_snapshot(&a, "first");
    take_snapshot(&a, "");
    EXPECT(deliver(sdk, a.id, 1, 1, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "good"));
    CHECK_INT(gauge_get(&a.restores), 1);
    CHECK_U64(w.restored_length, 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_without_restore, "restart: a daemon without restore is restarted as it is") {
    struct worker w = {0};
    struct actor a = {.process = worker_process, .snapshot = worker_snapshot, .context = &w};
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1}");
    if (in_durable_mesh()) { /* where nobody else could go on from its states */
        EXPECT(actor_register(&a, sdk, 1), -3, invalid_argument);
        CHECK_HAS(net_meshos_last_error_message(), "restore");
        sdk_end(sdk);
        return;
    }
    actor_begin(&a, sdk, 1);
    take_snapshot(&a, "state");
    EXPECT(deliver(sdk, a.id, 1, 1, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "good"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_restore_fails, "restart: when restore fails the daemon gets no events before it has worked") {
    STATEFUL(a, w);
    put_aside_at_once();
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1, 'backoff_max_ms': 2,"
                                "'crash_loop_threshold': 1000000}");
    actor_begin(&a, sdk, 1);
    take_snapshot(&a, "state");
    w.restore_answer = 1;
    POST(sdk, a.id, 1, 1, "fail");
    POST(sdk, a.id, 1, 2, "good");
    GAUGE_NEED(&a.restores, 3);
    CHECK_INT(gauge_get(&a.processed), 1);
    w.restore_answer = 0;
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_skip, "skip: the daemon is neither held nor restored") {
    STATEFUL(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'backoff_first_ms': %d, 'crash_loop_threshold': 1}", HOUR);
    actor_begin(&a, sdk, 1);
    take_snapshot(&a, "state");
    for (uint64_t i = 0; i < 20; i++)
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 20, "good"));
    CHECK_INT(gauge_get(&a.restores), 0);
    CHECK_TEXT(lifecycle(&a), "running");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restart_held_daemons, "restart: one that is held holds nobody else, and can be shut down and freed") {
    WORKER(a, w);
    WORKER(b, v);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_first_ms': %d, 'backoff_max_ms': %d}",
                                HOUR, HOUR);
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    EXPECT(deliver(sdk, a.id, 1, 1, "fail"), -2, process_failed);
    POST(sdk, a.id, 1, 2, "good");
    EXPECT_OK(deliver(sdk, b.id, 1, 1, "good"));
    EXPECT_OK(net_meshos_ext_flush(sdk, b.id, patience_ms()));
    EXPECT_OK(net_meshos_graceful_shutdown(a.handle, 1));
    ACTOR_END(&a);
    EXPECT(deliver(sdk, b.id, 1, 2, "fail"), -2, process_failed);
    POST(sdk, b.id, 1, 3, "good");
    sdk_end(sdk);
    ACTOR_END(&b);
    CHECK_U64(w.events + v.events, 3);
}
