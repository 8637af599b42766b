/* The calls on a daemon handle. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "calls.h"

static NetMeshOsDaemonControl event;

/* What a call that fails leaves alone. */
static int end_event(int status) {
    if (status != 0) {
        NetMeshOsDaemonControl untouched;
        memset(&untouched, 0xA5, sizeof untouched);
        CHECK(memcmp(&event, &untouched, sizeof event) == 0);
    }
    return status;
}

static NetMeshOsHandle *consumed_unless(unsigned faults, unsigned number, unsigned way) {
    return faults & FAULT(number) && !(faults & (FAULT(0) | FAULT(1))) ? consumed : handle_unless(faults, way);
}

static int try_next(unsigned faults, unsigned way) {
    memset(&event, 0xA5, sizeof event);
    return end_event(net_meshos_try_next_control(consumed_unless(faults, 3, way), UNLESS(faults, 2, &event, NULL)));
}

static int next(unsigned faults, unsigned way) {
    memset(&event, 0xA5, sizeof event);
    return end_event(net_meshos_next_control(consumed_unless(faults, 3, way), 1, UNLESS(faults, 2, &event, NULL)));
}

static int level; /* a wrong one */

static int publish(unsigned faults, unsigned way) {
    return net_meshos_publish_log(handle_unless(faults, way), UNLESS(faults, 2, NET_MESHOS_LOG_INFO, level),
                                  UNLESS(faults, 3, "text", NULL), UNLESS(faults, 4, 4, (size_t)PTRDIFF_MAX + 1));
}

static int shut_down(unsigned faults, unsigned way) {
    return net_meshos_graceful_shutdown(handle_unless(faults, way), 1);
}

static int advertise(unsigned faults, unsigned way) {
    size_t length = UNLESS(faults, 4, 2, SIZE_MAX);
    return net_meshos_publish_capabilities(consumed_unless(faults, 2, way), UNLESS(faults, 3, "[]", NULL), length);
}

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

static int done(unsigned faults, unsigned way) {
    return net_meshos_ext_daemon_done(handle_unless(faults, way));
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"try_next_control", NULL, try_next,
         {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_NULL_OUT, MESHOS_E_CONSUMED}},
        {"next_control", NULL, next,
         {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_NULL_OUT, MESHOS_E_CONSUMED}},
        {"graceful_shutdown", "goGracefulShutdown", shut_down, {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE}},
        {"publish_capabilities", "goPublishCapabilities", advertise,
         {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_CONSUMED, MESHOS_E_NULL_TAGS, MESHOS_E_LENGTH}},
        {"ext_daemon_done", "goDaemonDone", done, {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE}},
    };
    static const struct call_order log_order = {
        "publish_log", "goPublishLog", publish,
        {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_LOG_LEVEL, MESHOS_E_NULL_MESSAGE, MESHOS_E_LENGTH}};
    static const int levels[] = {-1, 5, INT32_MIN, INT32_MAX};
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        level = levels[i];
        check_order(&log_order);
    }
    calls_end();
}

static void a_null_message_of_no_length_is_refused(void) {
    calls_begin();
    EXPECT(net_meshos_publish_log(handle, 0, NULL, 0), -3, "invalid_argument");
    CHECK_U64(atomic_load(&go.calls), 0);
    EXPECT(net_meshos_publish_log(handle, 0, "", 0), 0, NULL);
    EXPECT(net_meshos_publish_capabilities(handle, NULL, 0), 0, NULL); /* here it clears */
    CHECK_U64(atomic_load(&go.calls), 2);
    calls_end();
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
        CHECK(!go.flag);
    }
    go.metadata = "{\"second\"}";
    char *text = net_meshos_refresh_metadata(handle);
    CHECK_TEXT(text, "{\"second\"}");
    net_meshos_free_string(text);
    CHECK_U64(atomic_load(&go.calls), 2);
    CHECK(go.flag);
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

static void accessors_answer_until_the_handle_is_freed(void) {
    calls_begin();
    const char *name = net_meshos_handle_daemon_name(handle);
    CHECK_TEXT(name, "daemon");
    CHECK(net_meshos_handle_daemon_name(handle) == name);
    CHECK(net_meshos_handle_daemon_id(handle) >= 1000);
    CHECK_TEXT(net_meshos_handle_daemon_name(consumed), "daemon");
    CHECK(net_meshos_handle_daemon_id(consumed) >= 1000);
    meshos_fail(MESHOS_E_TIMEOUT);
    CHECK(net_meshos_handle_daemon_name(NULL) == NULL);
    CHECK_U64(net_meshos_handle_daemon_id(NULL), 0);
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout");
    for (unsigned way = 0; way < INVALID_WAYS; way++) {
        net_meshos_clear_last_error();
        CHECK(net_meshos_handle_daemon_name(invalid_handle(way)) == NULL);
        CHECK_TEXT(net_meshos_last_error_kind(), "invalid_handle");
        net_meshos_clear_last_error();
        CHECK_U64(net_meshos_handle_daemon_id(invalid_handle(way)), 0);
        CHECK_TEXT(net_meshos_last_error_kind(), "invalid_handle");
    }
    CHECK_U64(atomic_load(&go.calls), 0);
    calls_end();
}

static void free_ignores_what_is_no_handle(void) {
    calls_begin();
    meshos_fail(MESHOS_E_TIMEOUT);
    net_meshos_handle_free(NULL);
    for (unsigned way = 0; way < INVALID_WAYS; way++)
        net_meshos_handle_free(invalid_handle(way));
    CHECK_U64(atomic_load(&go.calls), 0);
    calls_end();
    net_meshos_handle_free(handle); /* a second time */
    CHECK_U64(atomic_load(&go.calls), 3);
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout");
}

static void events_are_received_without_go(void) {
    calls_begin();
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    for (uint64_t i = 1; i <= 4; i++)
        CHECK(mailbox_put(&d->mailbox, 4, i, 0.5f));
    for (uint64_t i = 1; i <= 4; i++) {
        meshos_fail(MESHOS_E_TIMEOUT);
        EXPECT(i % 2 ? net_meshos_try_next_control(handle, &event) : net_meshos_next_control(handle, 0, &event), 0,
               NULL);
        CHECK(event.kind == 4 && event.grace_period_ms == i && event.level == 0.5f);
    }
    static const NetMeshOsDaemonControl none;
    meshos_fail(MESHOS_E_TIMEOUT);
    EXPECT(net_meshos_try_next_control(handle, &event), 0, NULL);
    CHECK(memcmp(&event, &none, sizeof none) == 0);
    memset(&event, 0xA5, sizeof event);
    EXPECT(net_meshos_next_control(handle, 5, &event), 0, NULL);
    CHECK(memcmp(&event, &none, sizeof none) == 0);
    CHECK_U64(atomic_load(&go.calls), 0);
    calls_end();
}

static void calls_hand_everything_to_go(void) {
    calls_begin();
    struct timespec before, after;
    static const char message[] = "a\0b";
    clock_gettime(CLOCK_REALTIME, &before);
    EXPECT(net_meshos_publish_log(handle, 4, message, 3), 0, NULL);
    clock_gettime(CLOCK_REALTIME, &after);
    CHECK(go.numbers[0] >= (uint64_t)before.tv_sec * 1000000000u && go.numbers[0] / 1000000000u <= (uint64_t)after.tv_sec);
    CHECK(go.pointers[0] == message && go.numbers[1] == 4 && go.numbers[2] == 3);

    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)consumed));
    EXPECT(net_meshos_graceful_shutdown(handle, UINT64_MAX), 0, NULL);
    CHECK(go.frame == &f && go.numbers[0] == UINT64_MAX);
    frame_leave(&f);

    static const char tags[] = "[\"gpu\"]";
    EXPECT(net_meshos_publish_capabilities(handle, tags, 7), 0, NULL);
    CHECK(go.pointers[0] == tags && go.numbers[0] == 7);

    go.answer = MESHOS_E_QUEUE_FULL;
    EXPECT(net_meshos_publish_log(handle, 0, "", 0), -2, "queue_full");
    go.answer = MESHOS_E_ARGUMENT;
    go.text = "the log message is not valid UTF-8";
    EXPECT(net_meshos_publish_log(handle, 0, "\xFF", 1), -3, "invalid_argument");
    CHECK_TEXT(net_meshos_last_error_message(), go.text);
    calls_end();
}

/* Readers that wait in next_control while their handle is freed. */
static NetMeshOsDaemonControl received[4];

static void *receive(void *number) {
    size_t me = (size_t)(uintptr_t)number;
    memset(&received[me], 0xA5, sizeof received[me]);
    EXPECT(net_meshos_next_control(handle, me % 2 ? 0 : UINT64_MAX, &received[me]), 0, NULL);
    return NULL;
}

static void free_wakes_those_who_wait(void) {
    static const NetMeshOsDaemonControl none;
    for (int round = 0; round < 200; round++) {
        calls_begin();
        struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
        pthread_t threads[4];
        for (uintptr_t i = 0; i < 4; i++)
            threads[i] = thread_start(receive, (void *)i);
        for (unsigned readers = 0; readers < 4;) { /* there is nothing to wait on for that */
            pthread_mutex_lock(&d->mailbox.lock);
            readers = d->mailbox.readers;
            pthread_mutex_unlock(&d->mailbox.lock);
        }
        net_meshos_handle_free(handle);
        for (size_t i = 0; i < 4; i++) {
            thread_join(threads[i]);
            CHECK(memcmp(&received[i], &none, sizeof none) == 0);
        }
        CHECK_U64(atomic_load(&d->slot.word) & (SLOT_OPEN | SLOT_REFERENCES), 0);
        NEED(net_meshos_register_daemon(sdk, "x", 1, (const uint8_t[32]){0}, &handle) == 0);
        calls_end();
    }
}

const struct test calls_daemon_tests[] = {
    {"daemon calls: checks come in the header's order", checks_come_in_the_headers_order},
    {"daemon calls: a NULL message of no length is refused", a_null_message_of_no_length_is_refused},
    {"daemon calls: metadata's checks come in order", metadata_checks_come_in_order},
    {"daemon calls: metadata crosses only when it must", metadata_crosses_only_when_it_must},
    {"daemon calls: metadata that fails is NULL", metadata_that_fails_is_null},
    {"daemon calls: accessors answer until the handle is freed", accessors_answer_until_the_handle_is_freed},
    {"daemon calls: free ignores what is no handle", free_ignores_what_is_no_handle},
    {"daemon calls: events are received without Go", events_are_received_without_go},
    {"daemon calls: calls hand everything to Go", calls_hand_everything_to_go},
    {"daemon calls: free wakes those who wait", free_wakes_those_who_wait},
    {NULL, NULL},
};
