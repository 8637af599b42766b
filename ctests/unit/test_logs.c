/* Log lines: written, followed, read back. */
#include <time.h>

#include "calls.h"

static void log_line(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                     size_t length) {
    (void)ctx, (void)seq, (void)unix_ms, (void)level, (void)daemon_id, (void)message, (void)length;
}

static char marker;
static int level; /* a wrong one */

static int publish(unsigned faults, unsigned way) {
    return net_meshos_publish_log(handle_unless(faults, way), UNLESS(faults, 2, NET_MESHOS_LOG_INFO, level),
                                  UNLESS(faults, 3, "text", NULL), UNLESS(faults, 4, 4, (size_t)PTRDIFF_MAX + 1));
}

static int on_log(unsigned faults, unsigned way) {
    return net_meshos_ext_on_log(sdk_unless(faults, way), UNLESS(faults, 2, 4, way == 0 ? -1 : 5), log_line, &marker);
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order publish_order = {
        "publish_log", "goPublishLog", publish,
        {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_LOG_LEVEL, MESHOS_E_NULL_MESSAGE, MESHOS_E_LENGTH}};
    static const struct call_order follow_order = {
        "ext_on_log", "goOnLog", on_log, {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_LOG_LEVEL}};
    static const int levels[] = {-1, 5, INT32_MIN, INT32_MAX};
    calls_begin();
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        level = levels[i];
        check_order(&publish_order);
        check_order(&follow_order);
    }
    calls_end();
}

static void a_bad_level_is_named(void) {
    calls_begin();
    EXPECT(net_meshos_publish_log(handle, INT32_MIN, "x", 1), -3, "invalid_log_level");
    CHECK_TEXT(net_meshos_last_error_message(), "the log level -2147483648 is not one of 0 (trace) to 4 (error)");
    EXPECT(net_meshos_ext_on_log(sdk, 5, log_line, NULL), -3, "invalid_log_level");
    CHECK_TEXT(net_meshos_last_error_message(), "the log level 5 is not one of 0 (trace) to 4 (error)");
    calls_end();
}

static void a_null_message_of_no_length_is_refused(void) {
    calls_begin();
    EXPECT(net_meshos_publish_log(handle, 0, NULL, 0), -3, "invalid_argument");
    CHECK_U64(atomic_load(&go.calls), 0);
    EXPECT(net_meshos_publish_log(handle, 0, "", 0), 0, NULL);
    CHECK_U64(atomic_load(&go.calls), 1);
    calls_end();
}

static void lines_are_handed_to_go(void) {
    calls_begin();
    struct timespec before, after;
    static const char message[] = "a\0b";
    clock_gettime(CLOCK_REALTIME, &before);
    EXPECT(net_meshos_publish_log(handle, 4, message, 3), 0, NULL);
    clock_gettime(CLOCK_REALTIME, &after);
    CHECK(ARGUMENT(unixNS) >= (uint64_t)before.tv_sec * 1000000000u);
    CHECK(ARGUMENT(unixNS) / 1000000000u <= (uint64_t)after.tv_sec);
    CHECK(POINTER(message) == message && ARGUMENT(level) == 4 && ARGUMENT(length) == 3);
    go.answer = MESHOS_E_QUEUE_FULL;
    EXPECT(net_meshos_publish_log(handle, 0, "", 0), -2, "queue_full");
    go.answer = MESHOS_E_ARGUMENT;
    go.text = "the log message is not valid UTF-8";
    EXPECT(net_meshos_publish_log(handle, 0, "\xFF", 1), -3, "invalid_argument");
    CHECK_TEXT(net_meshos_last_error_message(), go.text);
    calls_end();
}

static void a_log_function_is_handed_to_go(void) {
    calls_begin();
    struct frame f;
    EXPECT(net_meshos_ext_on_log(sdk, 3, NULL, &marker), 0, NULL);
    CHECK(!POINTER(fn) && ARGUMENT(level) == 3 && !POINTER(frame));
    frame_enter(&f, NULL);
    EXPECT(net_meshos_ext_on_log(sdk, 0, log_line, &marker), 0, NULL);
    CHECK(ARGUMENT(fn) == (uintptr_t)log_line && POINTER(ctx) == &marker && POINTER(frame));
    frame_leave(&f);
    calls_end();
}

static void records_are_asked_of_go(void) {
    calls_begin();
    char *text = net_meshos_ext_logs_json(sdk, 7, 8);
    CHECK_TEXT(text, "{}");
    CHECK(ARGUMENT(after) == 7 && ARGUMENT(most) == 8);
    net_meshos_free_string(text);
    calls_end();
}

const struct test logs_tests[] = {
    {"logs: checks come in the header's order", checks_come_in_the_headers_order},
    {"logs: a bad level is named", a_bad_level_is_named},
    {"logs: a NULL message of no length is refused", a_null_message_of_no_length_is_refused},
    {"logs: lines are handed to Go", lines_are_handed_to_go},
    {"logs: a log function is handed to Go", a_log_function_is_handed_to_go},
    {"logs: records are asked of Go", records_are_asked_of_go},
    {NULL, NULL},
};
