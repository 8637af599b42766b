/* restore: what the callback gets, and what comes of its answer. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* What restore was called with last, and what it answers. */
struct state {
    const uint8_t *given;
    size_t length;
    char copy[64];
    int answer;
};

static int take_state(struct actor *a, const uint8_t *state, size_t length) {
    struct state *s = a->context;
    s->given = state;
    s->length = length;
    memset(s->copy, 0, sizeof s->copy);
    if (state)
        memcpy(s->copy, state, length < sizeof s->copy ? length : sizeof s->copy - 1);
    return s->answer;
}

CASE(restore_bytes, "restore: gives the callback the bytes; an empty state is NULL") {
    struct state s = {.answer = 0};
    struct actor a = {.restore = take_state, .context = &s};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"some state", 10));
    CHECK_TEXT(s.copy, "some state");
    CHECK_U64(s.length, 10);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"x", 0));
    CHECK(s.given == NULL);
    CHECK_U64(s.length, 0);
    s.given = (const uint8_t *)"";
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, NULL, 0));
    CHECK(s.given == NULL);
    CHECK_INT(gauge_get(&a.restores), 3);
    CHECK(ran_where_it_should(a.thread));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restore_fails, "restore: non-zero is -2 restore_failed, and the daemon goes on") {
    static const int answers[] = {1, -1, 256, INT32_MAX, INT32_MIN};
    struct state s = {0};
    struct actor a = {.restore = take_state, .context = &s};
    NetMeshOsSdk *sdk = sdk_new("{'on_process_failure': 'restart', 'backoff_initial_ms': 1, 'backoff_max_ms': 1, 'crash_loop_threshold': 1000000}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < LENGTH(answers); i++) {
        s.answer = answers[i];
        EXPECT(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"x", 1), -2, restore_failed);
        EXPECT(net_meshos_ext_restore(sdk, a.id, NULL, 0), -2, restore_failed);
        if (in_durable_mesh())
            s.answer = 0; /* where it gets back its last commit, and is held until it takes that */
        EXPECT_OK(deliver(sdk, a.id, 1, 0, ""));
    }
    CHECK_U64(json_u64(look_at(sdk, a.id), "failures"), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(restore_without, "restore: without that callback -2 restore_failed, unless the state is empty") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    EXPECT(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"x", 1), -2, restore_failed);
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, (const uint8_t *)"x", 0));
    EXPECT_OK(net_meshos_ext_restore(sdk, a.id, NULL, 0));
    ACTOR_END(&a);
    sdk_end(sdk);
}
