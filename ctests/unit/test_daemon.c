/* A daemon's handle: its accessors and its end. */
#include <string.h>

#include "calls.h"

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

static void a_shutdown_says_from_where(void) {
    calls_begin();
    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)consumed));
    EXPECT(net_meshos_graceful_shutdown(handle, UINT64_MAX), 0, NULL);
    CHECK(POINTER(frame) == &f && ARGUMENT(graceMS) == UINT64_MAX);
    frame_leave(&f);
    EXPECT(net_meshos_ext_daemon_done(handle), 0, NULL);
    CHECK_TEXT(go.last, "goDaemonDone");
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
            pthread_mutex_lock(mailbox_lock(&d->mailbox));
            readers = d->mailbox.sleepers;
            pthread_mutex_unlock(mailbox_lock(&d->mailbox));
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

const struct test daemon_tests[] = {
    {"daemon: accessors answer until the handle is freed", accessors_answer_until_the_handle_is_freed},
    {"daemon: free ignores what is no handle", free_ignores_what_is_no_handle},
    {"daemon: a shutdown says from where", a_shutdown_says_from_where},
    {"daemon: free wakes those who wait", free_wakes_those_who_wait},
    {NULL, NULL},
};
