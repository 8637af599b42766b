/* The calls of net_meshos_ext.h: events, state, control, seeing. */
#include <stdlib.h>
#include <string.h>

#include "calls.h"

static char marker;

static void output(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                   const uint8_t *payload, size_t length) {
    (void)ctx, (void)daemon_id, (void)in_origin, (void)in_sequence, (void)out_sequence, (void)payload, (void)length;
}

static void log_line(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                     size_t length) {
    (void)ctx, (void)seq, (void)unix_ms, (void)level, (void)daemon_id, (void)message, (void)length;
}

static NetMeshOsEvent event_unless(unsigned faults, unsigned null_payload, unsigned length) {
    return (NetMeshOsEvent){1, 2, UNLESS(faults, null_payload, (const uint8_t *)"abc", NULL),
                            UNLESS(faults, length, 3, SIZE_MAX)};
}

static int deliver(unsigned faults, unsigned way) {
    NetMeshOsEvent e = event_unless(faults, 3, 4);
    return net_meshos_ext_deliver(sdk_unless(faults, way), 9, UNLESS(faults, 2, &e, NULL), output, &marker);
}

/* The bad event is the last one. */
static int post(unsigned faults, unsigned way) {
    NetMeshOsEvent events[3] = {event_unless(0, 0, 0), event_unless(0, 0, 0), event_unless(faults, 4, 5)};
    size_t accepted = 77, n = UNLESS(faults, 3, 3, SIZE_MAX / sizeof *events);
    int status = net_meshos_ext_post(sdk_unless(faults, way), 9, UNLESS(faults, 2, events, NULL), n, &accepted);
    CHECK_U64(accepted, status == 0 ? 1 : 0);
    return status;
}

static int flush(unsigned faults, unsigned way) {
    return net_meshos_ext_flush(sdk_unless(faults, way), 9, 1);
}

static int set_output(unsigned faults, unsigned way) {
    return net_meshos_ext_set_output(sdk_unless(faults, way), output, &marker);
}

static int subscribe(unsigned faults, unsigned way) {
    return net_meshos_ext_subscribe(sdk_unless(faults, way), 1, 2);
}

static int unsubscribe(unsigned faults, unsigned way) {
    return net_meshos_ext_unsubscribe(sdk_unless(faults, way), 1, 2);
}

static int snapshot(unsigned faults, unsigned way) {
    uint8_t *state = (uint8_t *)&marker;
    size_t length = 77;
    int status = net_meshos_ext_snapshot(sdk_unless(faults, way), 9, UNLESS(faults, 2, &state, NULL),
                                         UNLESS(faults, 3, &length, NULL));
    if (status == 0) {
        CHECK(length == 5 && memcmp(state, "state", 5) == 0);
        net_meshos_ext_free_bytes(state, length);
    } else {
        CHECK(length == 77 && state == (uint8_t *)&marker);
    }
    return status;
}

static int restore(unsigned faults, unsigned way) {
    return net_meshos_ext_restore(sdk_unless(faults, way), 9, UNLESS(faults, 2, (const uint8_t *)"abc", NULL),
                                  UNLESS(faults, 3, 3, SIZE_MAX));
}

static int enter(unsigned faults, unsigned way) {
    return net_meshos_ext_enter_maintenance(sdk_unless(faults, way), 5);
}

static int leave(unsigned faults, unsigned way) {
    return net_meshos_ext_exit_maintenance(sdk_unless(faults, way));
}

static int stop(unsigned faults, unsigned way) {
    return net_meshos_ext_stop_daemon(sdk_unless(faults, way), 9, 5);
}

static int restart(unsigned faults, unsigned way) {
    return net_meshos_ext_restart_daemon(sdk_unless(faults, way), 9);
}

static int on_log(unsigned faults, unsigned way) {
    return net_meshos_ext_on_log(sdk_unless(faults, way), UNLESS(faults, 2, 4, way == 0 ? -1 : 5), log_line, &marker);
}

static int end_text(char *text) {
    net_meshos_free_string(text);
    return text ? 0 : GOT_NULL;
}

static int logs_json(unsigned faults, unsigned way) {
    return end_text(net_meshos_ext_logs_json(sdk_unless(faults, way), 1, 2));
}

static int runtime_json(unsigned faults, unsigned way) {
    return end_text(net_meshos_ext_runtime_json(sdk_unless(faults, way)));
}

#define SDK_FAULTS MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK

static void checks_come_in_order(void) {
    static const struct call_order orders[] = {
        {"ext_deliver", "goDeliver", deliver, {SDK_FAULTS, MESHOS_E_NULL_EVENT, MESHOS_E_NULL_PAYLOAD, MESHOS_E_LENGTH}},
        {"ext_post", "goPost", post,
         {SDK_FAULTS, MESHOS_E_NULL_EVENT, MESHOS_E_LENGTH, MESHOS_E_NULL_PAYLOAD, MESHOS_E_LENGTH}},
        {"ext_flush", "goFlush", flush, {SDK_FAULTS}},
        {"ext_set_output", "goSetOutput", set_output, {SDK_FAULTS}},
        {"ext_subscribe", "goSubscribe", subscribe, {SDK_FAULTS}},
        {"ext_unsubscribe", "goSubscribe", unsubscribe, {SDK_FAULTS}},
        {"ext_snapshot", "goSnapshot", snapshot, {SDK_FAULTS, MESHOS_E_NULL_OUT, MESHOS_E_NULL_OUT}},
        {"ext_restore", "goRestore", restore, {SDK_FAULTS, MESHOS_E_NULL_STATE, MESHOS_E_LENGTH}},
        {"ext_enter_maintenance", "goEnterMaintenance", enter, {SDK_FAULTS}},
        {"ext_exit_maintenance", "goExitMaintenance", leave, {SDK_FAULTS}},
        {"ext_stop_daemon", "goStopDaemon", stop, {SDK_FAULTS}},
        {"ext_restart_daemon", "goRestartDaemon", restart, {SDK_FAULTS}},
        {"ext_on_log", "goOnLog", on_log, {SDK_FAULTS, MESHOS_E_LOG_LEVEL}},
        {"ext_logs_json", "goLogsJSON", logs_json, {SDK_FAULTS}},
        {"ext_runtime_json", "goRuntimeJSON", runtime_json, {SDK_FAULTS}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void calls_hand_everything_to_go(void) {
    calls_begin();
    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    static const uint8_t payload[] = {1, 2, 3};
    NetMeshOsEvent e = {4, 5, payload, 3};
    EXPECT(net_meshos_ext_deliver(sdk, 6, &e, output, &marker), 0, NULL);
    CHECK(go.numbers[0] == 6 && go.numbers[1] == 4 && go.numbers[2] == 5 && go.numbers[3] == 3);
    CHECK(go.pointers[0] == payload && go.pointers[1] == &marker && go.flag && go.frame == &f);
    e = (NetMeshOsEvent){4, 5, NULL, 0};
    go.frame = NULL;
    EXPECT(net_meshos_ext_deliver(sdk, 6, &e, NULL, NULL), 0, NULL);
    CHECK(!go.pointers[0] && !go.flag && go.frame == &f);
    EXPECT(net_meshos_ext_flush(sdk, 0, UINT64_MAX), 0, NULL);
    CHECK(go.numbers[0] == 0 && go.numbers[1] == UINT64_MAX && go.frame == &f);
    EXPECT(net_meshos_ext_subscribe(sdk, 7, 8), 0, NULL);
    CHECK(go.numbers[0] == 7 && go.numbers[1] == 8 && go.flag);
    EXPECT(net_meshos_ext_unsubscribe(sdk, 7, 8), 0, NULL);
    CHECK(!go.flag);
    EXPECT(net_meshos_ext_restore(sdk, 9, NULL, 0), 0, NULL);
    CHECK(go.numbers[0] == 9 && go.numbers[1] == 0 && !go.pointers[0]);
    EXPECT(net_meshos_ext_stop_daemon(sdk, 10, 11), 0, NULL);
    CHECK(go.numbers[0] == 10 && go.numbers[1] == 11 && go.frame == &f);
    EXPECT(net_meshos_ext_enter_maintenance(sdk, UINT64_MAX), 0, NULL);
    CHECK(go.numbers[0] == UINT64_MAX);
    EXPECT(net_meshos_ext_set_output(sdk, NULL, NULL), 0, NULL);
    CHECK(!go.pointers[0] && go.flag); /* from inside a callback */
    frame_leave(&f);
    EXPECT(net_meshos_ext_set_output(sdk, output, &marker), 0, NULL);
    CHECK(go.pointers[0] && go.pointers[1] == &marker && !go.flag);
    EXPECT(net_meshos_ext_on_log(sdk, 3, NULL, &marker), 0, NULL);
    CHECK(!go.pointers[0] && go.numbers[0] == 3 && !go.flag);
    calls_end();
}

static void posts_say_how_many_went_in(void) {
    calls_begin();
    static NetMeshOsEvent events[10];
    size_t accepted = 77;
    EXPECT(net_meshos_ext_post(sdk, 9, events, 10, &accepted), 0, NULL);
    CHECK(go.numbers[1] == 10 && go.pointers[0] == events);
    CHECK_U64(accepted, 5); /* what the fake takes */
    EXPECT(net_meshos_ext_post(sdk, 9, events, 10, NULL), 0, NULL);
    accepted = 77;
    EXPECT(net_meshos_ext_post(sdk, 9, NULL, 0, &accepted), 0, NULL);
    CHECK_U64(accepted, 0);
    go.answer = MESHOS_E_QUEUE_FULL;
    EXPECT(net_meshos_ext_post(sdk, 9, events, 4, &accepted), -2, "queue_full");
    CHECK_U64(accepted, 2);
    calls_end();
}

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

static void bytes_are_freed_once(void) {
    calls_begin();
    uint8_t *state = NULL;
    size_t length = 0;
    EXPECT(net_meshos_ext_snapshot(sdk, 9, &state, &length), 0, NULL);
    net_meshos_ext_free_bytes(NULL, 5);
    net_meshos_ext_free_bytes((uint8_t *)&marker, 1);
    net_meshos_ext_free_bytes(state + 1, length);
    net_meshos_ext_free_bytes(state, length);
    net_meshos_ext_free_bytes(state, length);
    calls_end();
}

static void the_version_is_the_headers(void) {
    CHECK_TEXT(net_meshos_ext_version(), NET_MESHOS_EXT_VERSION);
}

const struct test calls_events_tests[] = {
    {"event calls: checks come in order", checks_come_in_order},
    {"event calls: calls hand everything to Go", calls_hand_everything_to_go},
    {"event calls: posts say how many went in", posts_say_how_many_went_in},
    {"event calls: failures keep their words", failures_keep_their_words},
    {"event calls: bytes are freed once", bytes_are_freed_once},
    {"event calls: the version is the header's", the_version_is_the_headers},
    {NULL, NULL},
};
