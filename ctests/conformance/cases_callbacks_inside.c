/* Calls from inside callbacks: all of them, and those that end the callback's own daemon or SDK. */
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "probe.h"
#include "sync.h"

/* What a case does in its first health callback of the probe; `did` says that it was done. */
struct inside {
    NetMeshOsSdk *sdk;
    void (*act)(struct probe *p, struct inside *in);
    gauge did;
    atomic_bool once;
    uint64_t at_ms;
    struct probe *neighbour;
};

static void act_once(struct probe *p) {
    struct inside *in = p->context;
    if (atomic_exchange(&in->once, true))
        return;
    GAUGE_NEED(&in->did, 1); /* the case has written p->handle */
    in->at_ms = now_ms();
    in->act(p, in);
    gauge_add(&in->did, 1);
}

/* Registers the probe, has act done in its health callback, and returns when that is done. */
static NetMeshOsHandle *do_inside(struct probe *p, struct inside *in, void (*act)(struct probe *, struct inside *)) {
    in->sdk = sdk_ticking(FAST_TICK_MS);
    in->act = act;
    p->context = in;
    p->in_health = act_once;
    NetMeshOsHandle *handle = probe_register(p, in->sdk, 1);
    gauge_add(&in->did, 1);
    GAUGE_NEED(&in->did, 2);
    return handle;
}

static void call_everything(struct probe *p, struct inside *in) {
    NetMeshOsHandle *h = p->handle, *other = NULL;
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsDaemonControl event = event_poison();
    EXPECT_OK(net_meshos_try_next_control(h, &event));
    CHECK_NO_EVENT(event);
    EXPECT_OK(net_meshos_next_control(h, 5, &event));
    CHECK_NO_EVENT(event);
    EXPECT_OK(net_meshos_publish_log(h, NET_MESHOS_LOG_INFO, "inside", 6));
    EXPECT(net_meshos_publish_log(h, 5, "inside", 6), -3, invalid_log_level);
    EXPECT_OK(net_meshos_publish_capabilities(h, "[\"a\"]", 5));
    CHECK_TEXT(net_meshos_handle_daemon_name(h), "probe-1");
    CHECK(net_meshos_handle_daemon_id(h) != 0);
    CHECK_U64(net_meshos_sdk_dropped_control_events(in->sdk), 0);
    char *text = net_meshos_metadata(h);
    CHECK(text && strstr(text, "probe-1") != NULL);
    net_meshos_free_string(text);
    text = net_meshos_refresh_metadata(h);
    CHECK(text && strstr(text, "probe-1") != NULL);
    net_meshos_free_string(text);
    net_meshos_process_emit(NULL, NULL, 0);
    net_meshos_snapshot_emit(NULL, NULL, 0);
    net_meshos_clear_last_error();
    EXPECT_KIND(NULL);
    /* Another daemon of the same SDK, and another SDK, from start to end. */
    EXPECT_OK(net_meshos_register_daemon(in->sdk, "other", 5, seed(2), &other));
    EXPECT_OK(net_meshos_graceful_shutdown(other, 1));
    net_meshos_handle_free(other);
    EXPECT_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    EXPECT_OK(net_meshos_register_daemon(sdk, "other", 5, seed(2), &other));
    net_meshos_handle_free(other);
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

static void any_call_inside(void) {
    static struct probe probe;
    static struct inside inside;
    NetMeshOsHandle *handle = do_inside(&probe, &inside, call_everything);
    PROBE_TICKS(&probe, 2); /* the daemon still runs */
    end(inside.sdk, handle);
    CHECK_PROBE(&probe);
}

static void any_call_in_on_control(void) {
    static struct probe probe;
    static struct inside inside = {.act = call_everything};
    inside.sdk = sdk_new();
    probe.context = &inside;
    NetMeshOsHandle *handle = probe_register(&probe, inside.sdk, 1);
    /* call_everything expects an empty channel, so the event is received first. */
    struct leaving leaving = {.handle = handle, .grace_ms = LONG_GRACE_MS};
    probe.in_control = act_once;
    pthread_t t = thread_start(leave_gracefully, &leaving);
    NetMeshOsDaemonControl event;
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, LONG_GRACE_MS);
    gauge_add(&inside.did, 1);
    GAUGE_NEED(&inside.did, 2);
    net_meshos_handle_free(handle);
    THREAD_JOIN(t);
    net_meshos_sdk_free(inside.sdk);
}

/* Once a callback has ended its own daemon, none follows, while another daemon goes on ticking. */
static void check_silence(struct probe *p, NetMeshOsSdk *sdk) {
    static struct probe clock;
    NetMeshOsSdk *ticking = sdk ? sdk : sdk_ticking(FAST_TICK_MS);
    POLL_UNTIL(atomic_load(&p->calls.running) == 0);
    probe_register(&clock, ticking, 1000);
    PROBE_TICKS(&clock, 5);
    long health = gauge_get(&p->health);
    PROBE_TICKS(&clock, 10);
    CHECK_INT(gauge_get(&p->health), health);
    CHECK_PROBE(p);
    net_meshos_handle_free(clock.handle);
    if (!sdk)
        net_meshos_sdk_free(ticking);
}

static void free_own_handle(struct probe *p, struct inside *in) {
    NetMeshOsDaemonControl event;
    (void)in;
    net_meshos_handle_free(p->handle);
    /* The handle is stale at once, for the callback itself too. */
    EXPECT(net_meshos_try_next_control(p->handle, &event), -1, invalid_handle);
    CHECK_U64(net_meshos_handle_daemon_id(p->handle), 0);
    net_meshos_handle_free(p->handle);
}

static void handle_free_inside(void) {
    static struct probe probe;
    static struct inside inside;
    NetMeshOsHandle *handle = do_inside(&probe, &inside, free_own_handle), *again = NULL;
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -1, invalid_handle);
    check_silence(&probe, inside.sdk);
    POLL_UNTIL(net_meshos_register_daemon(inside.sdk, "a", 1, seed(1), &again) == 0);
    end(inside.sdk, again);
}

static void free_in_on_control(struct probe *p) {
    net_meshos_handle_free(p->handle);
    gauge_add(&p->inside, 1);
}

/* The graceful shutdown calls on_control, which ends it. */
static void handle_free_in_on_control(void) {
    static struct probe probe = {.in_control = free_in_on_control};
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    struct leaving leaving = {.handle = probe_register(&probe, sdk, 1), .grace_ms = LONG_GRACE_MS};
    pthread_t t = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&probe.inside, 1);
    THREAD_JOIN(t);
    CHECK_INT(leaving.status, 0);
    check_silence(&probe, sdk);
    net_meshos_sdk_free(sdk);
}

/* Asking for a second shutdown from on_control changes nothing, as the first is under way. */
static void leave_in_on_control(struct probe *p) {
    EXPECT(net_meshos_graceful_shutdown(p->handle, 1), -4, already_shutdown);
    gauge_add(&p->inside, 1);
}

static void graceful_shutdown_in_on_control(void) {
    static struct probe probe = {.in_control = leave_in_on_control};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = probe_register(&probe, sdk, 1);
    struct leaving leaving = {.handle = handle, .grace_ms = LONG_GRACE_MS};
    pthread_t leaves = thread_start(leave_gracefully, &leaving);
    GAUGE_NEED(&probe.inside, 1);
    end(sdk, handle);
    THREAD_JOIN(leaves);
    CHECK_INT(leaving.status, 0);
    CHECK_INT(gauge_get(&probe.controls), 1);
}

enum { GRACE_INSIDE_MS = 700 };

static void leave_inside(struct probe *p, struct inside *in) {
    (void)in;
    uint64_t began = now_ms();
    EXPECT_OK(net_meshos_graceful_shutdown(p->handle, GRACE_INSIDE_MS));
    EXPECT(net_meshos_graceful_shutdown(p->handle, 1), -4, already_shutdown);
    /* It returns at once; on a machine so slow that this takes the grace time, nothing can be concluded. */
    if (now_ms() - began < GRACE_INSIDE_MS)
        EXPECT_OK(net_meshos_publish_log(p->handle, NET_MESHOS_LOG_INFO, "leaving", 7));
}

/* The grace time passes in the background; then the handle is consumed. */
static void graceful_shutdown_inside(void) {
    static struct probe probe;
    static struct inside inside;
    NetMeshOsHandle *handle = do_inside(&probe, &inside, leave_inside);
    NetMeshOsDaemonControl event = event_poison();
    if (net_meshos_next_control(handle, 0, &event) == NET_MESHOS_OK)
        CHECK_EVENT(event, NET_MESHOS_CONTROL_SHUTDOWN, GRACE_INSIDE_MS);
    else /* the machine was too slow to be in time for it */
        CHECK_AT_LEAST(now_ms() + 1 - inside.at_ms, GRACE_INSIDE_MS);
    POLL_UNTIL(net_meshos_publish_capabilities(handle, NULL, 0) == NET_MESHOS_ERR_ALREADY_SHUTDOWN);
    CHECK_AT_LEAST(now_ms() + 1 - inside.at_ms, GRACE_INSIDE_MS);
    check_silence(&probe, inside.sdk);
    CHECK_AT_MOST((uint64_t)gauge_get(&probe.controls), 1);
    NetMeshOsHandle *again = NULL;
    POLL_UNTIL(net_meshos_register_daemon(inside.sdk, "a", 1, seed(1), &again) == 0);
    net_meshos_handle_free(again);
    end(inside.sdk, handle);
}

/* A long grace time that passes in the background is cut short by a free on another thread. */
static void leave_inside_for_long(struct probe *p, struct inside *in) {
    (void)in;
    EXPECT_OK(net_meshos_graceful_shutdown(p->handle, UINT64_MAX));
}

static void graceful_shutdown_inside_then_free(void) {
    static struct probe probe;
    static struct inside inside;
    NetMeshOsHandle *handle = do_inside(&probe, &inside, leave_inside_for_long);
    PROBE_TICKS(&probe, 2); /* the grace time passes, and callbacks go on */
    net_meshos_handle_free(handle);
    CHECK_INT(atomic_load(&probe.calls.running), 0);
    check_silence(&probe, inside.sdk);
    net_meshos_handle_free(daemon_new(inside.sdk, 1));
    net_meshos_sdk_free(inside.sdk);
}

static void shut_down_inside(struct probe *p, struct inside *in) {
    EXPECT_OK(net_meshos_sdk_shutdown(in->sdk));
    EXPECT(net_meshos_sdk_shutdown(in->sdk), -4, already_shutdown);
    CHECK_U64(net_meshos_sdk_dropped_control_events(in->sdk), UINT64_MAX);
    EXPECT(net_meshos_publish_log(p->handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
}

static void sdk_shutdown_inside(void) {
    static struct probe probe;
    static struct inside inside;
    NetMeshOsHandle *handle = do_inside(&probe, &inside, shut_down_inside);
    NetMeshOsDaemonControl event = event_poison();
    check_silence(&probe, NULL);
    EXPECT_OK(net_meshos_next_control(handle, 0, &event));
    CHECK_NO_EVENT(event);
    CHECK_INT(gauge_get(&probe.health), 1);
    end(inside.sdk, handle);
}

static void free_sdk_inside(struct probe *p, struct inside *in) {
    net_meshos_sdk_free(in->sdk);
    EXPECT(net_meshos_sdk_shutdown(in->sdk), -1, invalid_handle);
    EXPECT(net_meshos_publish_log(p->handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
}

static void sdk_free_inside(void) {
    static struct probe probe;
    static struct inside inside;
    NetMeshOsHandle *handle = do_inside(&probe, &inside, free_sdk_inside);
    check_silence(&probe, NULL);
    net_meshos_handle_free(handle);
}

/* One daemon's callback frees another daemon whose callback runs: handle_free waits for that one, as always. */
static void free_neighbour(struct probe *p, struct inside *in) {
    struct probe *neighbour = in->neighbour;
    (void)p;
    gauge_add(&neighbour->let_go, 1);
    net_meshos_handle_free(neighbour->handle);
    CHECK_INT(atomic_load(&neighbour->calls.running), 0);
}

static void handle_free_of_neighbour_inside(void) {
    static struct probe probe, neighbour;
    static struct inside inside = {.neighbour = &neighbour};
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    probe_register(&neighbour, sdk, 2);
    probe_hold(&neighbour);
    NetMeshOsHandle *handle = do_inside(&probe, &inside, free_neighbour);
    PROBE_TICKS(&probe, 1);
    CHECK_PROBE(&neighbour);
    end(inside.sdk, handle);
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_callbacks_inside[] = {
    HARDENING("inside.any_call", any_call_inside, "callbacks.any_call", .needs = "callbacks.polled"),
    HARDENING("inside.any_call_in_on_control", any_call_in_on_control, "callbacks.any_call on_control.still_received",
              .needs = "graceful.on_control graceful.received graceful.freed"),
    HARDENING("inside.handle_free", handle_free_inside, "handle_free.inside callbacks.ending_inside",
              .needs = "callbacks.polled handles.freed"),
    HARDENING("inside.handle_free_in_on_control", handle_free_in_on_control,
              "handle_free.inside handle_free.ends_shutdown callbacks.ending_inside",
              .needs = "graceful.on_control callbacks.polled"),
    HARDENING("inside.graceful_shutdown_in_on_control", graceful_shutdown_in_on_control,
              "callbacks.any_call graceful.again", .needs = "graceful.on_control graceful.freed"),
    HARDENING("inside.graceful_shutdown", graceful_shutdown_inside, "graceful.inside callbacks.ending_inside", .sleeps = true,
              .needs = "callbacks.polled graceful.received"),
    HARDENING("inside.graceful_shutdown_then_free", graceful_shutdown_inside_then_free,
              "graceful.inside handle_free.callbacks_over", .needs = "callbacks.polled"),
    HARDENING("inside.sdk_shutdown", sdk_shutdown_inside, "sdk_shutdown.inside callbacks.ending_inside",
              .needs = "callbacks.polled"),
    HARDENING("inside.sdk_free", sdk_free_inside, "sdk_shutdown.inside sdk_free.shuts_down callbacks.ending_inside",
              .needs = "callbacks.polled handles.freed"),
    HARDENING("inside.handle_free_of_neighbour", handle_free_of_neighbour_inside,
              "callbacks.any_call handle_free.callbacks_over", .needs = "callbacks.polled"),
    END,
};
