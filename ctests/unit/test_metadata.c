/* The metadata text. */
#include "calls.h"

static int end_text(char *text) {
    net_meshos_free_string(text);
    return text ? 0 : GOT_NULL;
}

static int metadata(unsigned faults, unsigned way) {
    return end_text(net_meshos_metadata(consumed_unless(faults, 2, way)));
}

static int refresh(unsigned faults, unsigned way) {
    return end_text(net_meshos_refresh_metadata(consumed_unless(faults, 2, way)));
}

static void metadata_checks_come_in_order(void) {
    static const enum meshos_error faults[] = {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_CONSUMED};
    int (*const calls[])(unsigned, unsigned) = {metadata, refresh};
    calls_begin();
    for (size_t c = 0; c < 2; c++)
        for (unsigned f = 1; f < FAULT(3); f++)
            for (unsigned way = 0; way < INVALID_WAYS; way++) {
                CHECK_INT(calls[c](f, way), GOT_NULL);
                const char *kind = net_meshos_last_error_kind();
                meshos_fail(faults[f & 1 ? 0 : f & 2 ? 1 : 2]);
                CHECK_TEXT(kind, net_meshos_last_error_kind());
            }
    CHECK_U64(atomic_load(&go.calls), 0);
    calls_end();
}

static void metadata_crosses_only_when_it_must(void) {
    calls_begin();
    go.metadata = "{\"first\"}";
    meshos_fail(MESHOS_E_TIMEOUT);
    for (unsigned i = 0; i < 3; i++) {
        char *text = net_meshos_metadata(handle);
        CHECK_TEXT(text, "{\"first\"}");
        net_meshos_free_string(text);
        CHECK_U64(atomic_load(&go.calls), 1);
        CHECK(!ARGUMENT(refresh));
    }
    go.metadata = "{\"second\"}";
    char *text = net_meshos_refresh_metadata(handle);
    CHECK_TEXT(text, "{\"second\"}");
    net_meshos_free_string(text);
    CHECK_U64(atomic_load(&go.calls), 2);
    CHECK(ARGUMENT(refresh));
    go.metadata = NULL; /* nothing new */
    text = net_meshos_refresh_metadata(handle);
    CHECK_TEXT(text, "{\"second\"}");
    char *again = net_meshos_metadata(handle);
    CHECK_TEXT(again, "{\"second\"}");
    CHECK(text != again);
    net_meshos_handle_free(handle);
    CHECK_TEXT(text, "{\"second\"}"); /* the caller's, outlives the handle */
    net_meshos_free_string(text);
    net_meshos_free_string(again);
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout"); /* success leaves the pair alone */
    NEED(net_meshos_register_daemon(sdk, "x", 1, (const uint8_t[32]){0}, &handle) == 0);
    calls_end();
}

static void metadata_that_fails_is_null(void) {
    calls_begin();
    go.answer = MESHOS_E_CONSUMED; /* a shutdown that ends meanwhile */
    CHECK(net_meshos_metadata(handle) == NULL);
    CHECK_TEXT(net_meshos_last_error_kind(), "already_shutdown");
    go_reset();
    go.metadata = "{}";
    for (unsigned after = 0; after < 2; after++) { /* to keep it, and to copy it */
        alloc_fail_after(after);
        CHECK(net_meshos_metadata(handle) == NULL);
        CHECK(alloc_has_failed());
        CHECK_TEXT(net_meshos_last_error_kind(), "out_of_memory");
    }
    calls_end();
}

const struct test metadata_tests[] = {
    {"metadata: checks come in order", metadata_checks_come_in_order},
    {"metadata: it crosses only when it must", metadata_crosses_only_when_it_must},
    {"metadata: one that fails is NULL", metadata_that_fails_is_null},
    {NULL, NULL},
};
