/* Crash loops: so many failures hold a daemon. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "worker.h"

enum { HOUR = 3600000 };

CASE(crash_loop, "crash loop: so many failures hold the daemon; posts and delivers get backing_off") {
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{" CRASH_LOOP "}");
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 2; i++)
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "good")); /* in between does not count: they need not be in a row */
    EXPECT(deliver(sdk, a.id, 1, 3, "fail"), -2, process_failed);
    CHECK_TEXT(lifecycle(&a), "crash_looping");
    size_t accepted = 99;
    NetMeshOsEvent e = event(1, 4, "good");
    EXPECT(deliver(sdk, a.id, 1, 4, "good"), -2, backing_off);
    EXPECT(net_meshos_ext_post(sdk, a.id, &e, 1, &accepted), -2, backing_off);
    CHECK_U64(accepted, 0);
    CHECK_U64(w.events, 4);
    CHECK(logged(sdk, "crash-loop"));
    EXPECT_OK(net_meshos_ext_restart_daemon(sdk, a.id)); /* releases it at once, and forgets */
    CHECK_TEXT(lifecycle(&a), "running");
    for (uint64_t i = 0; i < 2; i++)
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 5, "good"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(crash_loop_default, "crash loop: begins with the fifth failure if nothing else is said") {
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1, 'backoff_max_ms': 1}");
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 5; i++) {
        CHECK(strcmp(lifecycle(&a), "crash_looping") != 0);
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
    }
    CHECK_TEXT(lifecycle(&a), "crash_looping");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(crash_loop_keeps_events, "crash loop: events that wait are kept, and processed once it is over") {
    WORKER(a, w);
    put_aside_at_once();
    NetMeshOsSdk *sdk = sdk_new("{" CRASH_LOOP "}");
    NetMeshOsEvent events[8];
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 8; i++)
        events[i] = event(1, i, i < 3 ? "fail" : "good");
    NEED_OK(net_meshos_ext_post(sdk, a.id, events, 8, NULL));
    POLL_UNTIL(strcmp(lifecycle(&a), "crash_looping") == 0);
    CHECK_U64(w.events, 3);
    POLL_UNTIL(json_u64(look_at(sdk, a.id), "inbox_depth") == 5); /* in a mesh the third is read again before it is put aside */
    NEED_OK(net_meshos_ext_restart_daemon(sdk, a.id));
    FLUSH(sdk, a.id);
    CHECK_U64(w.events, 8);
    CHECK_U64(a.last_sequence, 7);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(crash_loop_cools_down, "crash loop: ends after crash_loop_cooldown_ms") {
    enum { COOLDOWN = 150 };
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{" CRASH_LOOP ", 'crash_loop_cooldown_ms': %d}", COOLDOWN);
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 3; i++)
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
    int status;
    POLL_UNTIL((status = deliver(sdk, a.id, 1, 9, "good")) == NET_MESHOS_OK || !EXPECT(status, -2, backing_off));
    CHECK_AT_LEAST(w.at[3] - w.at[2] + 1, COOLDOWN);
    CHECK_TEXT(lifecycle(&a), "running");
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct waiting {
    struct actor *actor;
    gauge begun;
    int status;
    char kind[32];
};

static void *deliver_late(void *context) {
    struct waiting *w = context;
    gauge_add(&w->begun, 1);
    w->status = deliver(w->actor->sdk, w->actor->id, 1, 99, "good");
    const char *kind = net_meshos_last_error_kind();
    snprintf(w->kind, sizeof w->kind, "%s", kind ? kind : "");
    return NULL;
}

CASE(crash_loop_wakes, "crash loop: a deliver that waits for its turn gets backing_off, too") {
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'crash_loop_threshold': 1}");
    struct waiting waiting = {.actor = &a};
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    POST(sdk, a.id, 1, 1, "fail");
    pthread_t thread = thread_start(deliver_late, &waiting);
    GAUGE_NEED(&waiting.begun, 1);
    actor_let_go(&a);
    THREAD_JOIN(thread);
    /* It may have come after the failure: then it is refused at once. */
    CHECK_INT(waiting.status, -2);
    CHECK_TEXT(waiting.kind, backing_off);
    CHECK_U64(w.events, 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(crash_loop_window, "crash loop: failures that are further apart than crash_loop_window_ms don't count") {
    WORKER(a, w);
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'crash_loop_threshold': 2,"
                                "'backoff_first_ms': 10, 'backoff_initial_ms': 10, 'backoff_max_ms': 10, 'crash_loop_window_ms': 5}");
    actor_begin(&a, sdk, 1);
    for (uint64_t i = 0; i < 10; i++)
        EXPECT(deliver(sdk, a.id, 1, i, "fail"), -2, process_failed);
    EXPECT_OK(deliver(sdk, a.id, 1, 10, "good"));
    ACTOR_END(&a);
    sdk_end(sdk);
}
