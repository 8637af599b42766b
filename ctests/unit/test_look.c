/* Looking at the node, and at the library. */
#include "calls.h"

static void failures_keep_their_words(void) {
    calls_begin();
    go.answer = MESHOS_E_NOT_FOUND;
    go.text = "no daemon of the id 0x9 is registered";
    EXPECT(net_meshos_ext_flush(sdk, 9, 1), -2, "not_found");
    CHECK_TEXT(net_meshos_last_error_message(), go.text);
    CHECK(net_meshos_ext_logs_json(sdk, 0, 0) == NULL);
    CHECK_TEXT(net_meshos_last_error_message(), go.text);
    go_reset();
    char *text = net_meshos_ext_runtime_json(sdk);
    CHECK_TEXT(text, "{}");
    CHECK_TEXT(net_meshos_last_error_kind(), "not_found"); /* a text leaves the pair alone */
    net_meshos_free_string(text);
    calls_end();
}

static void the_version_is_the_headers(void) {
    CHECK_TEXT(net_meshos_ext_version(), NET_MESHOS_EXT_VERSION);
}

const struct test look_tests[] = {
    {"look: failures keep their words", failures_keep_their_words},
    {"look: the version is the header's", the_version_is_the_headers},
    {NULL, NULL},
};
