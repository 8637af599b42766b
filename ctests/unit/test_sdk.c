/* An SDK's start and end. */
#include <stdlib.h>

#include "calls.h"

/* What a call that fails leaves alone. */
static NetMeshOsSdk *const no_sdk = (NetMeshOsSdk *)(uintptr_t)77;

static int end_sdk(int status, NetMeshOsSdk *out) {
    CHECK((status == 0) == (out != no_sdk));
    if (status == 0) { /* not one of the calls that are counted */
        unsigned calls = atomic_load(&go.calls);
        const char *last = go.last;
        net_meshos_sdk_free(out);
        atomic_store(&go.calls, calls);
        go.last = last;
    }
    return status;
}

static int start(unsigned faults, unsigned way) {
    (void)way;
    NetMeshOsSdk *out = no_sdk;
    int status = net_meshos_sdk_start(1, 2, 3, 4, 5, UNLESS(faults, 0, &out, NULL));
    return end_sdk(status, out);
}

static int ext_start(unsigned faults, unsigned way) {
    (void)way;
    NetMeshOsSdk *out = no_sdk;
    size_t length = UNLESS(faults, 2, UNLESS(faults, 1, 2, 1), SIZE_MAX);
    int status = net_meshos_ext_sdk_start(UNLESS(faults, 1, "{}", NULL), length, UNLESS(faults, 0, &out, NULL));
    return end_sdk(status, out);
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"sdk_start", "goSdkStart", start, {MESHOS_E_NULL_OUT}},
        {"ext_sdk_start", "goExtSdkStart", ext_start, {MESHOS_E_NULL_OUT, MESHOS_E_NULL_CONFIG, MESHOS_E_LENGTH}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void start_hands_everything_to_go(void) {
    calls_begin();
    NetMeshOsSdk *out = no_sdk;
    unsetenv("NET_MESHOS_CONFIG");
    EXPECT(net_meshos_sdk_start(11, UINT64_MAX, 13, 14, SIZE_MAX, &out), 0, NULL);
    CHECK_U64(ARGUMENT(thisNode), 11);
    CHECK_U64(ARGUMENT(tickMS), UINT64_MAX);
    CHECK_U64(ARGUMENT(eventCapacity), 13);
    CHECK_U64(ARGUMENT(actionCapacity), 14);
    CHECK_U64(ARGUMENT(controlCapacity), SIZE_MAX);
    CHECK(!POINTER(configPath));
    net_meshos_sdk_free(out);
    setenv("NET_MESHOS_CONFIG", "/etc/meshos.json", 1); /* seen although the library is loaded already */
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, &out), 0, NULL);
    CHECK_TEXT(POINTER(configPath), "/etc/meshos.json");
    net_meshos_sdk_free(out);
    EXPECT(net_meshos_ext_sdk_start(NULL, 0, &out), 0, NULL);
    CHECK(!POINTER(text));
    net_meshos_sdk_free(out);
    calls_end();
}

static void a_start_that_fails_leaves_nothing(void) {
    calls_begin();
    go.answer = MESHOS_E_PANIC;
    go.text = "a capacity is too large";
    NetMeshOsSdk *out = no_sdk;
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, &out), -2, "runtime_panic");
    CHECK_TEXT(net_meshos_last_error_message(), "a capacity is too large");
    CHECK(out == no_sdk);
    CHECK_U64(atomic_load(&go.sdk->slot.word) & (SLOT_OPEN | SLOT_REFERENCES), 0);
    go_reset();
    alloc_fail_after(0);
    struct sdk_cell *cells[1 << SLOT_CHUNK_BITS];
    for (size_t i = 2; i < sizeof cells / sizeof *cells; i++) /* all but sdk's and the free one */
        NEED((cells[i] = slot_take(&sdk_table)) != NULL);
    NEED((cells[0] = slot_take(&sdk_table)) != NULL);
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, &out), -2, "out_of_memory");
    CHECK(alloc_has_failed());
    CHECK_U64(atomic_load(&go.calls), 0);
    calls_end();
}

static void shutting_down_and_freeing_are_two_things(void) {
    calls_begin();
    sdk_cell_add_dropped((struct sdk_cell *)slot_peek(&sdk_table, (uintptr_t)sdk), 7);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 7);
    EXPECT(net_meshos_sdk_shutdown(sdk), 0, NULL);
    CHECK(!POINTER(frame));
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    go.answer = MESHOS_E_SDK_DOWN;
    EXPECT(net_meshos_sdk_shutdown(sdk), -4, "already_shutdown");
    go.answer = MESHOS_E_SHUTDOWN_FAILED;
    EXPECT(net_meshos_sdk_shutdown(sdk), -2, "shutdown_failed");
    calls_end();
    EXPECT(net_meshos_sdk_shutdown(sdk), -1, "invalid_handle");
}

static void free_ignores_what_is_no_sdk(void) {
    calls_begin();
    meshos_fail(MESHOS_E_TIMEOUT);
    net_meshos_sdk_free(NULL);
    for (unsigned way = 0; way < INVALID_WAYS; way++)
        net_meshos_sdk_free(invalid_sdk(way));
    CHECK_U64(atomic_load(&go.calls), 0);
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout");
    calls_end();
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout"); /* a free that succeeds leaves it too */
}

/* The words of a defect in a call that reports nothing must not become the message
 * of another error. */
static void a_free_that_fails_leaves_no_words(void) {
    calls_begin();
    NetMeshOsSdk *freed = NULL;
    NetMeshOsHandle *gone = NULL;
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, &freed), 0, NULL);
    EXPECT(net_meshos_register_daemon(sdk, "x", 1, (const uint8_t[32]){42}, &gone), 0, NULL);
    go.answer = MESHOS_E_QUEUE_FULL;
    EXPECT(net_meshos_publish_log(handle, 1, "x", 1), -2, "queue_full");
    const char *standing = net_meshos_last_error_message();
    go.text = "of the last call that failed";
    EXPECT(net_meshos_publish_log(handle, 1, "x", 1), -2, "queue_full");
    const char *message = net_meshos_last_error_message();
    go.text = "of a defect";
    net_meshos_sdk_free(freed);
    CHECK_TEXT(message, "of the last call that failed");
    net_meshos_handle_free(gone);
    CHECK(net_meshos_last_error_message() == message);
    CHECK_TEXT(message, "of the last call that failed");
    go.text = NULL;
    EXPECT(net_meshos_publish_log(handle, 1, "x", 1), -2, "queue_full");
    CHECK(net_meshos_last_error_message() == standing);
    calls_end();
}

static void dropped_events_never_touch_the_pair(void) {
    calls_begin();
    meshos_fail(MESHOS_E_TIMEOUT);
    CHECK_U64(net_meshos_sdk_dropped_control_events(NULL), UINT64_MAX);
    for (unsigned way = 0; way < INVALID_WAYS; way++)
        CHECK_U64(net_meshos_sdk_dropped_control_events(invalid_sdk(way)), UINT64_MAX);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    CHECK_U64(atomic_load(&go.calls), 0);
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout");
    calls_end();
}

static void calls_from_callbacks_say_from_where(void) {
    calls_begin();
    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    EXPECT(net_meshos_sdk_shutdown(sdk), 0, NULL);
    CHECK(POINTER(frame) == &f);
    net_meshos_sdk_free(sdk);
    CHECK(POINTER(frame) == &f);
    frame_leave(&f);
    net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk);
    calls_end();
}

const struct test sdk_tests[] = {
    {"sdk: checks come in the header's order", checks_come_in_the_headers_order},
    {"sdk: start hands everything to Go", start_hands_everything_to_go},
    {"sdk: a start that fails leaves nothing", a_start_that_fails_leaves_nothing},
    {"sdk: shutting down and freeing are two things", shutting_down_and_freeing_are_two_things},
    {"sdk: free ignores what is no SDK", free_ignores_what_is_no_sdk},
    {"sdk: a free that fails leaves no words", a_free_that_fails_leaves_no_words},
    {"sdk: dropped events never touch the pair", dropped_events_never_touch_the_pair},
    {"sdk: calls from callbacks say from where", calls_from_callbacks_say_from_where},
    {NULL, NULL},
};
