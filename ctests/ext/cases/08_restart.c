/* on_process_failure "restart": backoff, crash loops, and the state that a restart restores. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

/* In a durable mesh the posted event that failed is tried again, unless it is put aside after the first time. */
static void put_aside_at_once(void) {
    mesh_keys("'dead_letter_after': 1");
}

/* Fails for every event whose payload is "fail", and records when each event came. Its state is the number of events
 * that it has processed since it was last restored. */
struct worker {
    uint64_t at[64];
    size_t events;
    char state[16];   /* what snapshot emits */
    size_t length;    /* of it; SIZE_MAX: it emits nothing */
    char restored[16];
    size_t restored_length;
    int restore_answer;
};

static int work(struct actor *a, const struct call *c) {
    struct worker *w = a->context;
    if (w->events < LENGTH(w->at))
        w->at[w->events] = now_ms();
    w->events++;
    return c->length == 4 && memcmp(c->payload, "fail", 4) == 0;
}

static void give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    const struct worker *w = a->context;
    if (w->length != SIZE_MAX)
        net_meshos_snapshot_emit(emit, (const uint8_t *)w->state, w->length);
}

static int take(struct actor *a, const uint8_t *state, size_t length) {
    struct worker *w = a->context;
    memset(w->restored, 0, sizeof w->restored);
    if (state && length < sizeof w->restored)
        memcpy(w->restored, state, length);
    w->restored_length = length;
    return w->restore_answer;
}

static void take_snapshot(struct actor *a, const char *text) {
    struct worker *w = a->context;
    uint8_t *out = NULL;
    size_t length = 0;
    snprintf(w->state, sizeof w->state, "%s", text);
    w->length = strlen(text);
    NEED_OK(net_meshos_ext_snapshot(a->sdk, a->id, &out, &length));
    CHECK_U64(length, strlen(text));
    net_meshos_ext_free_bytes(out, length);
}

#define WORKER(a, w) struct worker w = {0}; struct actor a = {.process = work, .context = &w}
#define STATEFUL(a, w) \
    struct worker w = {0}; \
    struct actor a = {.process = work, .snapshot = give, .restore = take, .context = &w}

static const char *lifecycle(const struct actor *a) {
    return json_text(look_at(a->sdk, a->id), "lifecycle");
}

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
    EXPECT_OK(net_meshos_ext_flush(sdk, a.id, in_durable_mesh() ? patience_ms() : 1)); /* nothing waits */
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

#define CRASH_LOOP "'on_process_failure': 'restart', 'backoff_initial_ms': 1, 'crash_loop_threshold': 3"

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
    if (in_durable_mesh()) /* the one that failed is put aside when it would be its turn */
        POLL_UNTIL(json_u64(look_at(sdk, a.id), "inbox_depth") == 6);
    else
        CHECK_U64(json_u64(look_at(sdk, a.id), "inbox_depth"), 5);
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
    struct actor a = {.process = work, .snapshot = give, .context = &w};
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
