/* What holds for every call of the headers, whichever are added. */
#include <string.h>

#include "calls.h"

static bool reports(const struct every_call *c) {
    return c->fails == NET_MESHOS_ERR_CALL_FAILED || c->fails == GOT_NULL;
}

static void check_refused(const struct every_call *c, const char *kind) {
    unsigned asked = atomic_load(&go.calls);
    meshos_fail(MESHOS_E_TIMEOUT);
    int got = c->make();
    if (reports(c)) {
        CHECK_INT(got, c->fails == GOT_NULL ? GOT_NULL : NET_MESHOS_ERR_NULL);
        CHECK_TEXT(net_meshos_last_error_kind(), kind);
    } else if (c->fails == GOT_NOTHING) {
        CHECK_TEXT(net_meshos_last_error_kind(), "timeout");
    }
    CHECK(!every_call_wrote());
    CHECK_U64(atomic_load(&go.calls), asked);
}

static void an_invalid_sdk_is_refused_first(const struct every_call *c) {
    NetMeshOsSdk *right = sdk;
    sdk = NULL;
    check_refused(c, "invalid_argument");
    sdk = right;
    for (unsigned way = 0; way < INVALID_WAYS; way++) {
        sdk = invalid_sdk(way);
        check_refused(c, "invalid_handle");
        sdk = right;
    }
}

static void an_invalid_handle_is_refused_first(const struct every_call *c) {
    NetMeshOsHandle *right = handle;
    handle = NULL;
    check_refused(c, "invalid_argument");
    handle = right;
    for (unsigned way = 0; way < INVALID_WAYS; way++) {
        handle = invalid_handle(way);
        check_refused(c, "invalid_handle");
        handle = right;
    }
}

static void what_is_no_handle_is_refused_first(void) {
    unsigned refused = 0;
    calls_begin();
    for (const struct every_call *c = every_calls; c->name; c++) {
        unit_about("%s", c->name);
        if (takes_sdk(c))
            an_invalid_sdk_is_refused_first(c);
        else if (takes_handle(c))
            an_invalid_handle_is_refused_first(c);
        else
            continue;
        refused++;
    }
    unit_about(NULL);
    CHECK(refused >= 30);
    calls_end();
}

/* Go's exports that a call asks only in a state that the calls here don't make, and
 * the test that does. */
static const struct {
    const char *export, *tested_by;
} asked_elsewhere[] = {
    {"goMarkPassed", "test_stage.c"},
    {"goReturned", "test_loan.c"},
    {"goAbandoned", "test_loan.c"},
    {"goPostLater", "test_gather.c"},
};

static bool is_asked_elsewhere(const char *export) {
    for (size_t i = 0; i < sizeof asked_elsewhere / sizeof *asked_elsewhere; i++)
        if (strcmp(asked_elsewhere[i].export, export) == 0)
            return true;
    return false;
}

/* What is made of Go's answer, and that each export is asked by some call. */
static void note_export(bool *asked) {
    for (size_t i = 0; go.last && go_exports[i]; i++)
        if (strcmp(go_exports[i], go.last) == 0)
            asked[i] = true;
}

static void check_outcome(const struct every_call *c, bool fails) {
    go.metadata = "{}";
    if (fails)
        go.answer = MESHOS_E_TIMEOUT;
    net_meshos_clear_last_error();
    go.last = NULL;
    int got = c->make();
    if (reports(c) && go.last) {
        bool text = c->fails == GOT_NULL;
        CHECK_INT(got, fails ? c->fails : text ? GOT_TEXT : NET_MESHOS_OK);
        CHECK_TEXT(net_meshos_last_error_kind(), fails ? "timeout" : NULL);
        CHECK(!fails || !every_call_wrote());
    }
}

static void what_go_answers_is_returned(void) {
    static bool asked[100];
    for (const struct every_call *c = every_calls; c->name; c++)
        for (int fails = 0; fails < 2; fails++) {
            unit_about("%s, %s", c->name, fails ? "fails" : "succeeds");
            calls_begin();
            check_outcome(c, fails);
            note_export(asked);
            go.answer = MESHOS_OK;
            every_call_release();
            calls_discard();
        }
    for (size_t i = 0; go_exports[i]; i++) {
        unit_about("%s", go_exports[i]);
        CHECK(asked[i] != is_asked_elsewhere(go_exports[i]));
    }
    unit_about(NULL);
}

const struct test every_call_tests[] = {
    {"every call: what is no handle is refused first", what_is_no_handle_is_refused_first},
    {"every call: what Go answers is returned", what_go_answers_is_returned},
    {NULL, NULL},
};
