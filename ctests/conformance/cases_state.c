/* State and vitals: snapshot, restore, health and saturation. No call of net_meshos.h makes a daemon run snapshot and
 * restore; the cases use the extension calls, if the library has them. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "worker.h"
#include "mesh.h"

/* ---- snapshot and restore ---- */

static void save_three(struct actor *w, NetMeshOsSnapshotEmitCtx *emit) {
    uint8_t buffer[8];
    (void)w;
    memcpy(buffer, "s\0me\xff", 5);
    net_meshos_snapshot_emit(emit, NULL, 3); /* is none */
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)emit, (const uint8_t *)"nor this", 8);
    net_meshos_snapshot_emit(emit, buffer, 5);
    memset(buffer, '#', sizeof buffer);
    net_meshos_snapshot_emit(emit, (const uint8_t *)"second", 6);
    net_meshos_snapshot_emit(emit, NULL, 0);
}

static void save_nothing(struct actor *w, NetMeshOsSnapshotEmitCtx *emit) {
    NetMeshOsSnapshotEmitCtx **kept = w->context;
    if (*kept)
        net_meshos_snapshot_emit(*kept, (const uint8_t *)"late", 4);
    *kept = emit;
}

static void the_first_snapshot_counts(void) {
    ext_need();
    NetMeshOsSnapshotEmitCtx *kept = NULL;
    struct actor w = {.snapshot = save_three, .context = &kept};
    NetMeshOsSdk *sdk = sdk_new();
    uint8_t *state = NULL;
    size_t length = 0;
    worker_begin(&w, sdk, 1);
    EXPECT_OK(net_meshos_ext_snapshot(sdk, w.id, &state, &length));
    CHECK_U64(length, 5);
    CHECK_BYTES(state, "s\0me\xff", 5);
    net_meshos_ext_free_bytes(state, length);
    w.snapshot = save_nothing;
    for (int i = 0; i < 3; i++) {
        state = (uint8_t *)&w, length = 77;
        EXPECT_OK(net_meshos_ext_snapshot(sdk, w.id, &state, &length));
        CHECK_POINTER(state, NULL);
        CHECK_U64(length, 0);
    }
    CHECK_INT(gauge_get(&w.snapshots), 4);
    ACTOR_END(&w);
    end(sdk, NULL);
}

static int load_expected(struct actor *w, const uint8_t *state, size_t length) {
    const NetMeshOsEvent *want = w->context; /* only its payload is used; the sequence is the status */
    CHECK_U64(length, want->payload_len);
    if (length > 0)
        CHECK_BYTES(state, want->payload, length);
    else
        CHECK_POINTER(state, NULL);
    return (int)(int64_t)want->sequence;
}

static void restore_gets_the_state(void) {
    ext_need();
    struct actor w = {.restore = load_expected};
    NetMeshOsSdk *sdk = sdk_new();
    const NetMeshOsEvent states[] = {
        {0, 0, (const uint8_t *)"s\0me\xff", 5},
        {0, 0, NULL, 0},
        {0, 1, (const uint8_t *)"x", 1},
        {0, (uint64_t)-1, (const uint8_t *)"x", 1},
        {0, 0, (const uint8_t *)"again", 5},
    };
    worker_begin(&w, sdk, 1);
    int64_t given = 0;
    for (size_t i = 0; i < LENGTH(states); i++) {
        if (states[i].sequence != 0 && in_durable_mesh())
            continue; /* there it gets back its last commit, which the suite of the extension calls looks at */
        check_row("state %zu", i);
        w.context = (void *)&states[i];
        int status = net_meshos_ext_restore(sdk, w.id, states[i].payload, states[i].payload_len);
        if (states[i].sequence == 0)
            EXPECT_OK(status);
        else
            EXPECT(status, NET_MESHOS_ERR_CALL_FAILED, restore_failed);
        CHECK_INT(gauge_get(&w.restores), ++given);
    }
    check_row(NULL);
    ACTOR_END(&w);
    end(sdk, NULL);
}

/* ---- health and saturation ---- */

static bool shows(NetMeshOsSdk *sdk, const char *text) {
    char *json = net_meshos_ext_runtime_json(sdk);
    bool found = json && strstr(json, text);
    net_meshos_free_string(json);
    return found;
}

struct answers {
    int health;
    float saturation;
    const char *text;
};

static int answer_health(struct actor *w) {
    return ((const struct answers *)w->context)->health;
}

static float answer_saturation(struct actor *w) {
    return ((const struct answers *)w->context)->saturation;
}

static void what_daemons_answer_is_taken(void) {
    static struct answers rows[] = {
        {NET_MESHOS_HEALTH_DEGRADED, 0.5f, "\"health\":\"degraded\",\"saturation\":0.5,"},
        {NET_MESHOS_HEALTH_UNHEALTHY, 1, "\"health\":\"unhealthy\",\"saturation\":1,"},
        {NET_MESHOS_HEALTH_HEALTHY, 0.25f, "\"health\":\"healthy\",\"saturation\":0.25,"},
        {NET_MESHOS_HEALTH_UNHEALTHY, -0.25f, "\"health\":\"unhealthy\",\"saturation\":0,"},
        {3, 1.5f, "\"health\":\"healthy\",\"saturation\":1,"},
        {NET_MESHOS_HEALTH_DEGRADED, NAN, "\"health\":\"degraded\",\"saturation\":0,"},
        {-1, INFINITY, "\"health\":\"healthy\",\"saturation\":1,"},
        {NET_MESHOS_HEALTH_UNHEALTHY, -INFINITY, "\"health\":\"unhealthy\",\"saturation\":0,"},
        {INT_MAX, 0.75f, "\"health\":\"healthy\",\"saturation\":0.75,"},
    };
    ext_need();
    struct actor w = {.health = answer_health, .saturation = answer_saturation};
    NetMeshOsSdk *sdk = sdk_ticking(FAST_TICK_MS);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        check_row("health %d, saturation %f", rows[i].health, (double)rows[i].saturation);
        w.context = &rows[i];
        worker_begin(&w, sdk, (unsigned)i);
        POLL_UNTIL(shows(sdk, rows[i].text));
        ACTOR_END(&w);
    }
    check_row(NULL);
    end(sdk, NULL);
}

const struct suite_case cases_state[] = {
    HEADER("snapshot.first", the_first_snapshot_counts, "snapshot.state snapshot_emit.state snapshot_emit.bad_context"),
    HEADER("restore.state", restore_gets_the_state, "restore.state"),
    HEADER("vitals.answers", what_daemons_answer_is_taken, "health.answer saturation.answer callbacks.any_answer"),
    END,
};
