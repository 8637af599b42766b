/* net_meshos_publish_log. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "sync.h"
#include "utf8.h"

/* Publishes a line that must be accepted, waiting while the queue is full. */
static void expect_taken(NetMeshOsHandle *handle, int level, const char *text, size_t length) {
    POLL_UNTIL(net_meshos_publish_log(handle, level, text, length) != NET_MESHOS_ERR_CALL_FAILED);
    EXPECT_KIND(NULL);
}

static void all_levels(void) {
    static const int levels[] = {NET_MESHOS_LOG_TRACE, NET_MESHOS_LOG_DEBUG, NET_MESHOS_LOG_INFO, NET_MESHOS_LOG_WARN,
                                 NET_MESHOS_LOG_ERROR};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(levels); i++)
        EXPECT_OK(net_meshos_publish_log(handle, levels[i], "a line", 6));
    end(sdk, handle);
}

static void no_other_level(void) {
    static const int levels[] = {-1, 5, 6, 99, 256, 65536, -256, INT_MAX, INT_MIN};
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(levels); i++) {
        check_row("level %d", levels[i]);
        EXPECT(net_meshos_publish_log(handle, levels[i], "a line", 6), NET_MESHOS_ERR_INVALID_ARG, invalid_log_level);
    }
    end(sdk, handle);
}

static void null_arguments(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT(net_meshos_publish_log(NULL, NET_MESHOS_LOG_INFO, "a", 1), -1, invalid_argument);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, NULL, 1), -3, invalid_argument);
    end(sdk, handle);
}

static void null_message_without_length(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, NULL, 0), -3, invalid_argument);
    end(sdk, handle);
}

static void odd_messages(void) {
    static char big[1 << 20];
    memset(big, 'x', sizeof big);
    static const struct {
        const char *what, *text;
        size_t length;
    } messages[] = {
        {"empty", "", 0},          {"a NUL", "\0", 1},       {"NULs inside", "a\0b\0", 4},
        {"line ends", "a\r\nb\n", 5}, {"an escape", "\x1b[0m", 4}, {"a DEL", "\x7f", 1},
        {"1 MiB", big, sizeof big},
    };
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (size_t i = 0; i < LENGTH(messages); i++) {
        check_row("%s", messages[i].what);
        EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, messages[i].text, messages[i].length));
    }
    end(sdk, handle);
}

static void expect_line(const char *text, size_t length, void *handle) {
    expect_taken(handle, NET_MESHOS_LOG_INFO, text, length);
}

static void expect_no_line(const char *text, size_t length, void *handle) {
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, text, length), -3, invalid_argument);
}

static void utf8_messages(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (const struct utf8_sample *s = utf8_good; s->label; s++)
        utf8_everywhere(s, expect_line, handle);
    end(sdk, handle);
}

static void messages_not_in_utf8(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (const struct utf8_sample *s = utf8_bad; s->label; s++)
        utf8_everywhere(s, expect_no_line, handle);
    end(sdk, handle);
}

/* The position of the one bad byte in a long text doesn't matter. */
static void bad_byte_in_a_long_text(void) {
    enum { SIZE = 4096 };
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    static char text[SIZE];
    memset(text, 'a', SIZE);
    for (size_t at = 0; at < SIZE; at += at < 80 || at > SIZE - 80 ? 1 : 61) {
        text[at] = '\x80';
        check_row("at byte %zu", at);
        EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, text, SIZE), -3, invalid_argument);
        text[at] = 'a';
    }
    end(sdk, handle);
}

/* A tight loop against a queue of 16. */
static void queue_gets_full(void) {
    enum { MOST = 200000 };
    NetMeshOsSdk *sdk = NULL;
    NEED_OK(net_meshos_sdk_start(1, 0, 16, 0, 0, &sdk));
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    int status = 0, calls = 0;
    for (; calls < MOST && status == 0; calls++)
        status = net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a line that is not short", 24);
    CHECK_INT(status, NET_MESHOS_ERR_CALL_FAILED);
    EXPECT_KIND(queue_full);
    expect_taken(handle, NET_MESHOS_LOG_INFO, "a", 1); /* there is room again */
    end(sdk, handle);
}

/* A full queue affects publish_log alone: argument errors are the same, other calls and shutdowns work. */
static void full_queue_disturbs_nobody(void) {
    NetMeshOsSdk *sdk = NULL;
    NEED_OK(net_meshos_sdk_start(1, 0, 1, 1, 1, &sdk));
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    for (int i = 0; i < 5000; i++) {
        int status = net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1);
        if (status != 0) {
            CHECK_INT(status, -2);
            EXPECT_KIND(queue_full);
            EXPECT(net_meshos_publish_log(handle, 5, "a", 1), -3, invalid_log_level);
            NetMeshOsDaemonControl event = event_poison();
            EXPECT_OK(net_meshos_try_next_control(handle, &event));
        }
    }
    net_meshos_handle_free(daemon_new(sdk, 2));
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    end(sdk, handle);
}

static void closed_after_shutdown(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT_OK(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1));
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    for (int i = 0; i < 2000; i++) /* more than the queue has room for: it is loop_closed each time */
        EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
    net_meshos_sdk_free(sdk);
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
    net_meshos_handle_free(handle);
}

static void closed_after_free(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    net_meshos_sdk_free(sdk);
    for (int i = 0; i < 2000; i++)
        EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -2, loop_closed);
    net_meshos_handle_free(handle);
}

const struct suite_case cases_logs[] = {
    HEADER("log.levels", all_levels, "log.line"),
    HEADER("log.other_levels", no_other_level, "log.level kind.invalid_log_level status.invalid_arg"),
    HEADER("log.null", null_arguments, "log.null_handle log.null_message kind.invalid_argument status.null"),
    REFERENCE("log.null_empty", null_message_without_length, "log.null_message"),
    REFERENCE("log.odd_messages", odd_messages, "log.message"),
    HEADER("log.utf8", utf8_messages, "log.message memory.utf8"),
    REFERENCE("log.not_utf8", messages_not_in_utf8, "log.not_utf8 memory.utf8"),
    REFERENCE("log.bad_byte", bad_byte_in_a_long_text, "log.not_utf8"),
    HEADER("log.queue_full", queue_gets_full, "log.queue_full log.never_waits kind.queue_full sdk_start.event_queue"),
    HARDENING("log.full_queue_disturbs_nobody", full_queue_disturbs_nobody, "log.never_waits log.queue_full"),
    HEADER("log.closed_by_shutdown", closed_after_shutdown, "log.loop_closed kind.loop_closed"),
    REFERENCE("log.closed_by_free", closed_after_free, "log.loop_closed sdk_free.shuts_down"),
    END,
};
