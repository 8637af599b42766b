/* Events: process and what it emits. No call of net_meshos.h makes a daemon run process; the
 * cases use the extension calls, if the library has them. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "worker.h"

/* ---- process ---- */

static int see_event(struct actor *w, const struct call *c) {
    const NetMeshOsEvent *want = w->context;
    CHECK(c->emit != NULL);
    CHECK_U64(c->origin, want->origin_hash);
    CHECK_U64(c->sequence, want->sequence);
    CHECK_U64(c->length, want->payload_len);
    if (want->payload_len > 0)
        CHECK_BYTES(c->payload, want->payload, want->payload_len);
    else
        CHECK_POINTER(c->payload, NULL);
    return 0;
}

static void each_argument(void) {
    static uint8_t large[100000];
    ext_need();
    struct actor w = {.process = see_event};
    NetMeshOsSdk *sdk = sdk_new();
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (uint8_t)(i * 7);
    const NetMeshOsEvent events[] = {
        {1, 2, (const uint8_t *)"abc", 3},
        {0, 0, (const uint8_t *)"\0", 1},
        {UINT64_MAX, UINT64_MAX, (const uint8_t *)"\xff\xfe not UTF-8", 12},
        {UINT64_C(0x0123456789abcdef), UINT64_C(1) << 63, large, sizeof large},
        {3, 4, NULL, 0},
        {3, 5, large, 0},
    };
    worker_begin(&w, sdk, 1);
    for (size_t i = 0; i < LENGTH(events); i++) {
        check_row("event %zu", i);
        w.context = (void *)&events[i];
        EXPECT_OK(net_meshos_ext_deliver(sdk, w.id, &events[i], NULL, NULL));
        CHECK_INT(gauge_get(&w.processed), (int64_t)i + 1);
    }
    check_row(NULL);
    ACTOR_END(&w);
    end(sdk, NULL);
}

/* Posted events have been copied: the host's memory may change. */
static void posted_payloads_are_copies(void) {
    ext_need();
    struct actor w = {.process = see_event};
    NetMeshOsSdk *sdk = sdk_new();
    uint8_t bytes[64];
    uint8_t kept[64];
    worker_begin(&w, sdk, 1);
    for (unsigned i = 0; i < 200; i++) {
        NetMeshOsEvent event = {i, i + 1, bytes, sizeof bytes}, want = {i, i + 1, kept, sizeof kept};
        memset(bytes, (int)i, sizeof bytes);
        memset(kept, (int)i, sizeof kept);
        w.context = &want;
        EXPECT_OK(net_meshos_ext_post(sdk, w.id, &event, 1, NULL));
        memset(bytes, 0xee, sizeof bytes);
        EXPECT_OK(net_meshos_ext_flush(sdk, w.id, 0));
    }
    CHECK_INT(gauge_get(&w.processed), 200);
    ACTOR_END(&w);
    end(sdk, NULL);
}

static int emit_then_answer(struct actor *w, const struct call *c) {
    net_meshos_process_emit(c->emit, c->payload, c->length);
    return *(int *)w->context;
}

static void any_status_but_0_is_a_failure(void) {
    static const int statuses[] = {1, -1, 255, INT_MAX, INT_MIN};
    ext_need();
    struct actor w = {.process = emit_then_answer};
    NetMeshOsSdk *sdk = sdk_new();
    int status;
    w.context = &status;
    worker_begin(&w, sdk, 1);
    for (size_t i = 0; i < LENGTH(statuses); i++) {
        struct outputs outputs = {.next = i + 1};
        check_row("status %d", statuses[i]);
        status = statuses[i];
        EXPECT(worker_deliver(&w, "lost", &outputs), NET_MESHOS_ERR_CALL_FAILED, process_failed);
        CHECK_U64(outputs.count, 0);
        status = 0; /* the daemon goes on; only outputs that are kept get numbers */
        EXPECT_OK(worker_deliver(&w, "kept", &outputs));
        CHECK_TEXT(outputs.text, "kept|");
    }
    check_row(NULL);
    ACTOR_END(&w);
    end(sdk, NULL);
}

static int linger(struct actor *w, const struct call *c) {
    (void)w, (void)c;
    gauge never = {0};
    gauge_reaches(&never, 1, 1);
    return 0;
}

static void *deliver_many(void *worker) {
    for (int i = 0; i < 30; i++)
        EXPECT_OK(worker_deliver(worker, "x", NULL));
    return NULL;
}

/* Delivered on two threads and posted, amid ticks, with snapshots in between. */
static void nothing_overlaps(void) {
    ext_need();
    struct actor w = {.process = linger};
    NetMeshOsSdk *sdk = sdk_ticking(1);
    NetMeshOsEvent event = {1, 0, NULL, 0};
    worker_begin(&w, sdk, 1);
    pthread_t threads[] = {thread_start(deliver_many, &w), thread_start(deliver_many, &w)};
    for (int i = 0; i < 30; i++) {
        uint8_t *state = NULL;
        size_t length = 0;
        EXPECT_OK(net_meshos_ext_post(sdk, w.id, &event, 1, NULL));
        EXPECT_OK(net_meshos_ext_snapshot(sdk, w.id, &state, &length));
        EXPECT_OK(net_meshos_ext_restore(sdk, w.id, NULL, 0));
    }
    THREAD_JOIN(threads[0]);
    THREAD_JOIN(threads[1]);
    EXPECT_OK(net_meshos_ext_flush(sdk, w.id, 0));
    CHECK_INT(gauge_get(&w.processed), 90);
    GAUGE_NEED(&w.probes, 2);
    ACTOR_END(&w);
    end(sdk, NULL);
}

/* ---- process_emit ---- */

static int emit_and_overwrite(struct actor *w, const struct call *c) {
    uint8_t buffer[8];
    (void)w;
    for (int i = 0; i < 100; i++) {
        memset(buffer, 'a' + i % 26, sizeof buffer);
        net_meshos_process_emit(c->emit, buffer, (size_t)i % 9);
        memset(buffer, '#', sizeof buffer);
    }
    net_meshos_process_emit(c->emit, NULL, 0);
    net_meshos_process_emit(c->emit, NULL, 5);
    return 0;
}

static void outputs_are_copied_in_order(void) {
    ext_need();
    struct actor w = {.process = emit_and_overwrite};
    struct outputs outputs = {.next = 1};
    char want[4096] = "";
    NetMeshOsSdk *sdk = sdk_new();
    worker_begin(&w, sdk, 1);
    EXPECT_OK(worker_deliver(&w, "go", &outputs));
    for (int i = 0, at = 0; i < 100; i++) {
        memset(want + at, 'a' + i % 26, (size_t)i % 9);
        at += i % 9;
        want[at++] = '|';
    }
    strcat(want, "|"); /* the empty one; NULL with a length is ignored */
    CHECK_U64(outputs.count, 101);
    CHECK_TEXT(outputs.text, want);
    ACTOR_END(&w);
    end(sdk, NULL);
}

struct emission {
    NetMeshOsProcessEmitCtx *emit;
    const char *text;
};

static void *emit_text(void *emission) {
    const struct emission *e = emission;
    KEEPS_ERROR(net_meshos_process_emit(e->emit, (const uint8_t *)e->text, strlen(e->text)));
    return NULL;
}

static int emit_elsewhere(struct actor *w, const struct call *c) {
    struct emission before = {c->emit, "before"}, there = {c->emit, "there"}, after = {c->emit, "after"};
    (void)w;
    emit_text(&before);
    THREAD_JOIN(thread_start(emit_text, &there));
    emit_text(&after);
    return 0;
}

static void outputs_from_another_thread(void) {
    ext_need();
    struct actor w = {.process = emit_elsewhere};
    struct outputs outputs = {.next = 1};
    NetMeshOsSdk *sdk = sdk_new();
    worker_begin(&w, sdk, 1);
    EXPECT_OK(worker_deliver(&w, "go", &outputs));
    CHECK_TEXT(outputs.text, "before|there|after|");
    ACTOR_END(&w);
    end(sdk, NULL);
}

/* Keeps its emit context, and uses those of earlier events. */
static int emit_to_the_past(struct actor *w, const struct call *c) {
    NetMeshOsProcessEmitCtx **kept = w->context;
    for (int i = 0; i < 10; i++)
        net_meshos_process_emit(kept[i], (const uint8_t *)"late", 4);
    net_meshos_process_emit(c->emit, c->payload, c->length);
    net_meshos_snapshot_emit((NetMeshOsSnapshotEmitCtx *)c->emit, (const uint8_t *)"wrong", 5);
    kept[gauge_get(&w->processed) % 10] = c->emit;
    return 0;
}

static void a_context_ends_with_its_callback(void) {
    ext_need();
    NetMeshOsProcessEmitCtx *kept[10] = {NULL};
    struct actor w = {.process = emit_to_the_past, .context = kept};
    NetMeshOsSdk *sdk = sdk_new();
    worker_begin(&w, sdk, 1);
    for (uint64_t i = 1; i <= 50; i++) {
        struct outputs outputs = {.next = i};
        EXPECT_OK(worker_deliver(&w, "now", &outputs));
        CHECK_TEXT(outputs.text, "now|");
    }
    for (int i = 0; i < 10; i++)
        KEEPS_ERROR(net_meshos_process_emit(kept[i], (const uint8_t *)"later", 5));
    EXPECT_OK(net_meshos_ext_flush(sdk, w.id, 0));
    ACTOR_END(&w);
    for (int i = 0; i < 10; i++)
        KEEPS_ERROR(net_meshos_process_emit(kept[i], (const uint8_t *)"after the end", 13));
    end(sdk, NULL);
}

/* All callbacks except process are NULL: the daemon has no state, and control events only go to its channel. */
static int fine(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                const uint8_t *payload, size_t length) {
    (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    CHECK_POINTER(user_ctx, NULL);
    return 0;
}

static void process_alone(void) {
    ext_need();
    const NetMeshOsDaemonVtable vtable = {.process = fine};
    NetMeshOsHandle *handle = NULL;
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    NetMeshOsEvent event = {1, 1, NULL, 0};
    uint8_t *state = (uint8_t *)&event;
    size_t length = 9;
    NEED_OK(net_meshos_register_daemon_with_vtable(sdk, "x", 1, seed(1), &vtable, NULL, &handle));
    uint64_t id = net_meshos_handle_daemon_id(handle);
    EXPECT_OK(net_meshos_ext_deliver(sdk, id, &event, NULL, NULL));
    EXPECT_OK(net_meshos_ext_snapshot(sdk, id, &state, &length));
    CHECK_POINTER(state, NULL);
    CHECK_U64(length, 0);
    EXPECT_OK(net_meshos_ext_restore(sdk, id, NULL, 0));
    EXPECT(net_meshos_ext_restore(sdk, id, (const uint8_t *)"x", 1), NET_MESHOS_ERR_CALL_FAILED, restore_failed);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    end(sdk, handle);
}

const struct suite_case cases_events[] = {
    HEADER("events.arguments", each_argument, "process.event callbacks.user_ctx"),
    HEADER("events.posted", posted_payloads_are_copies, "process.event"),
    HEADER("events.failures", any_status_but_0_is_a_failure, "process.event"),
    HARDENING("events.overlap", nothing_overlaps, "callbacks.threads"),
    HEADER("events.alone", process_alone, "callbacks.optional snapshot.state restore.state"),
    HEADER("emit.copies", outputs_are_copied_in_order, "process_emit.output process_emit.bad_context"),
    HEADER("emit.other_thread", outputs_from_another_thread, "process_emit.output process_emit.last_error"),
    HARDENING("emit.dead_context", a_context_ends_with_its_callback, "process_emit.output process_emit.bad_context"),
    END,
};
