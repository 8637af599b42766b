/* A child made by fork() can't use the library: calls fail with an error. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "report.h"

/* Runs the function in a forked child, and waits for its end: the child must not hang. */
static void in_child(void (*function)(struct actor *), struct actor *a) {
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        function(a);
        _exit(report_has_failed() ? 1 : 0);
    }
    int status = 0;
    pid_t ended = 0;
    POLL_UNTIL((ended = waitpid(child, &status, WNOHANG)) != 0);
    CHECK_INT(ended, child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void call_all(struct actor *a) {
    NetMeshOsSdk *sdk = a->sdk, *another = NULL;
    NetMeshOsEvent e = event(1, 1, "x");
    uint8_t *out = NULL;
    size_t length = 0, accepted = 99;
    EXPECT(net_meshos_ext_sdk_start("{}", 2, &another), -2, forked);
    EXPECT(net_meshos_ext_deliver(sdk, a->id, &e, NULL, NULL), -2, forked);
    EXPECT(net_meshos_ext_post(sdk, a->id, &e, 1, &accepted), -2, forked);
    CHECK_U64(accepted, 0);
    EXPECT(net_meshos_ext_flush(sdk, a->id, 0), -2, forked);
    EXPECT(net_meshos_ext_flush(sdk, 0, 0), -2, forked);
    EXPECT(net_meshos_ext_set_output(sdk, NULL, NULL), -2, forked);
    EXPECT(net_meshos_ext_subscribe(sdk, a->id, a->id), -2, forked);
    EXPECT(net_meshos_ext_unsubscribe(sdk, a->id, a->id), -2, forked);
    EXPECT(net_meshos_ext_snapshot(sdk, a->id, &out, &length), -2, forked);
    EXPECT(net_meshos_ext_restore(sdk, a->id, NULL, 0), -2, forked);
    EXPECT(net_meshos_ext_enter_maintenance(sdk, 0), -2, forked);
    EXPECT(net_meshos_ext_exit_maintenance(sdk), -2, forked);
    EXPECT(net_meshos_ext_stop_daemon(sdk, a->id, 0), -2, forked);
    EXPECT(net_meshos_ext_restart_daemon(sdk, a->id), -2, forked);
    EXPECT(net_meshos_ext_daemon_done(a->handle), -2, forked);
    EXPECT(net_meshos_ext_on_log(sdk, 0, NULL, NULL), -2, forked);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_ext_runtime_json(sdk), forked);
    net_meshos_clear_last_error();
    EXPECT_NULL(net_meshos_ext_logs_json(sdk, 0, 0), forked);
    net_meshos_ext_free_bytes((uint8_t *)&e, 1);
    net_meshos_ext_free_bytes(a->context, 5);
    CHECK_TEXT(net_meshos_ext_version(), NET_MESHOS_EXT_VERSION);
}

static void give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    (void)a;
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
}

static int take(struct actor *a, const uint8_t *state, size_t length) {
    (void)a, (void)state, (void)length;
    return 0;
}

CASE(fork_child, "fork: in the child every call fails at once with \"forked\", and the parent goes on") {
    struct actor a = {.snapshot = give, .restore = take};
    NetMeshOsSdk *sdk = sdk_new("{}");
    uint8_t *out = NULL;
    size_t length = 0;
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length));
    a.context = out;
    post_many(sdk, a.id, 0, 1000);
    in_child(call_all, &a);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&a.processed), 1000);
    CHECK(memcmp(out, "state", 5) == 0);
    net_meshos_ext_free_bytes(out, length);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static void register_one(struct actor *a) {
    struct actor b = {0};
    EXPECT(actor_register(&b, a->sdk, 2), -2, forked);
    CHECK_INT(gauge_get(&b.destroys), 1); /* as for every -2 */
}

CASE(fork_register, "fork: a registration in the child fails with -2, and calls destroy") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    in_child(register_one, &a);
    ACTOR_END(&a);
    sdk_end(sdk);
}

static int fork_in_process(struct actor *a, const struct call *c) {
    (void)c;
    in_child(call_all, a);
    return 0;
}

CASE(fork_in_callback, "fork: the same from inside a callback") {
    struct actor a = {.process = fork_in_process};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}
