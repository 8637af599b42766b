/* The last error: whose it is, who sets, clears and keeps it, how long its text lives. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "sync.h"

static void *has_no_error(void *unused) {
    (void)unused;
    CHECK_POINTER(net_meshos_last_error_kind(), NULL);
    CHECK_POINTER(net_meshos_last_error_message(), NULL);
    return NULL;
}

static void new_thread_has_none(void) {
    has_no_error(NULL);
    make_error();
    THREAD_JOIN(thread_start(has_no_error, NULL));
}

static void clear_makes_both_null(void) {
    make_error();
    net_meshos_clear_last_error();
    has_no_error(NULL);
    net_meshos_clear_last_error();
    has_no_error(NULL);
}

/* Each thread makes an error of its own kind, or none; when all have done so, each must see its own. */
enum { ERRING = 8 };

struct erring {
    int number;
    NetMeshOsHandle *handle;
    pthread_barrier_t *together;
};

static void *err(void *argument) {
    const struct erring *e = argument;
    for (int i = 0; i < 200; i++) {
        const char *kind = NULL;
        switch (e->number % 4) {
            case 0:
                net_meshos_publish_log(e->handle, 9, "x", 1);
                kind = invalid_log_level;
                break;
            case 1:
                net_meshos_sdk_start(0, 0, 0, 0, 0, NULL);
                kind = invalid_argument;
                break;
            case 2: net_meshos_publish_capabilities(e->handle, NULL, 0); break;
            case 3: net_meshos_clear_last_error(); break;
        }
        pthread_barrier_wait(e->together);
        EXPECT_KIND(kind);
        pthread_barrier_wait(e->together);
    }
    return NULL;
}

static void each_thread_has_its_own(void) {
    NetMeshOsSdk *sdk = sdk_new();
    pthread_barrier_t together;
    struct erring erring[ERRING];
    pthread_t threads[ERRING];
    pthread_barrier_init(&together, NULL, ERRING);
    for (int i = 0; i < ERRING; i++) {
        erring[i] = (struct erring){i, daemon_new(sdk, (unsigned)i), &together};
        threads[i] = thread_start(err, &erring[i]);
    }
    for (int i = 0; i < ERRING; i++) {
        THREAD_JOIN(threads[i]);
        net_meshos_handle_free(erring[i].handle);
    }
    net_meshos_sdk_free(sdk);
}

static void *make_another_error(void *unused) {
    (void)unused;
    EXPECT(net_meshos_graceful_shutdown(NULL, 1), -1, invalid_argument);
    net_meshos_clear_last_error();
    return NULL;
}

static void other_threads_leave_it_alone(void) {
    KEEPS_ERROR(THREAD_JOIN(thread_start(make_another_error, NULL)));
}

static void later_error_replaces_it(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    EXPECT(net_meshos_publish_log(handle, 5, "", 0), -3, invalid_log_level);
    EXPECT(net_meshos_publish_log(handle, 4, NULL, 0), -3, invalid_argument);
    EXPECT(net_meshos_publish_log(handle, -1, "", 0), -3, invalid_log_level);
    EXPECT_NULL(net_meshos_metadata(NULL), invalid_argument);
    end(sdk, handle);
}

/* A success of every call that returns a status. */
static void success_clears_it(void) {
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsHandle *handle = NULL;
    NetMeshOsDaemonControl event;
#define CLEARS(call)      \
    do {                  \
        make_error();     \
        NEED_OK(call);    \
    } while (0)
    CLEARS(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    for (size_t i = 0; i < LENGTH(registrations); i++) {
        if (handle)
            net_meshos_handle_free(handle);
        CLEARS(registrations[i].call(sdk, "a", 1, seed(1), &handle));
    }
    CLEARS(net_meshos_try_next_control(handle, &event));
    CLEARS(net_meshos_next_control(handle, 1, &event));
    CLEARS(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "line", 4));
    CLEARS(net_meshos_publish_capabilities(handle, "[]", 2));
    CLEARS(net_meshos_publish_capabilities(handle, NULL, 0));
    CLEARS(net_meshos_graceful_shutdown(handle, 1));
    CLEARS(net_meshos_sdk_shutdown(sdk));
    end(sdk, handle);
}

static void other_calls_keep_it(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    char *text = NULL;
    KEEPS_ERROR(text = net_meshos_metadata(handle));
    CHECK(text != NULL);
    KEEPS_ERROR(net_meshos_free_string(text));
    KEEPS_ERROR(text = net_meshos_refresh_metadata(handle));
    CHECK(text != NULL);
    KEEPS_ERROR(net_meshos_free_string(text));
    KEEPS_ERROR(net_meshos_free_string(NULL));
    KEEPS_ERROR(CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0));
    KEEPS_ERROR(CHECK(net_meshos_handle_daemon_id(handle) != 0));
    KEEPS_ERROR(CHECK(net_meshos_handle_daemon_name(handle) != NULL));
    KEEPS_ERROR(net_meshos_last_error_kind());
    KEEPS_ERROR(net_meshos_last_error_message());
    KEEPS_ERROR(net_meshos_process_emit(NULL, NULL, 0));
    KEEPS_ERROR(net_meshos_snapshot_emit(NULL, NULL, 0));
    KEEPS_ERROR(net_meshos_handle_free(NULL));
    KEEPS_ERROR(net_meshos_sdk_free(NULL));
    KEEPS_ERROR(net_meshos_handle_free(handle));
    KEEPS_ERROR(net_meshos_sdk_free(sdk));
    net_meshos_clear_last_error();
}

static void null_accessors_keep_it(void) {
    KEEPS_ERROR(CHECK_U64(net_meshos_handle_daemon_id(NULL), 0));
    KEEPS_ERROR(CHECK_POINTER(net_meshos_handle_daemon_name(NULL), NULL));
}

static void dropped_never_touches_it(void) {
    NetMeshOsSdk *sdk = sdk_new();
    KEEPS_ERROR(CHECK_U64(net_meshos_sdk_dropped_control_events(NULL), UINT64_MAX));
    KEEPS_ERROR(CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0));
    NEED_OK(net_meshos_sdk_shutdown(sdk));
    KEEPS_ERROR(CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX));
    net_meshos_clear_last_error();
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    EXPECT_KIND(NULL);
    net_meshos_sdk_free(sdk);
}

/* The pointers themselves must stay good while nothing sets or clears the pair on this thread. */
static void text_lives_until_the_next_error(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1), *again = NULL;
    EXPECT(net_meshos_register_daemon(sdk, "another", 7, seed(1), &again), -2, register_failed);
    const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
    char copy[2048];
    snprintf(copy, sizeof copy, "%s", message);
    for (int i = 0; i < 100; i++) {
        THREAD_JOIN(thread_start(make_another_error, NULL));
        net_meshos_free_string(net_meshos_metadata(handle));
        net_meshos_free_string(net_meshos_refresh_metadata(handle));
        net_meshos_handle_daemon_id(handle);
        net_meshos_sdk_dropped_control_events(sdk);
    }
    CHECK_TEXT(kind, register_failed);
    CHECK(strncmp(message, copy, sizeof copy - 1) == 0);
    CHECK_TEXT(net_meshos_last_error_kind(), register_failed);
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
    CHECK_TEXT(kind, register_failed);
    CHECK(strncmp(message, copy, sizeof copy - 1) == 0);
}

/* EXPECT checks the message wherever there is a kind. This case makes all kinds that are easy to cause, and checks
 * that the reference's envelope is not part of the message. */
static void check_words(const char *kind) {
    const char *message = net_meshos_last_error_message();
    EXPECT_KIND(kind);
    if (message)
        CHECK(strstr(message, "<<meshos-sdk-kind:") == NULL);
}

static void message_comes_with_kind(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1), *again = NULL;
    net_meshos_sdk_start(0, 0, 0, 0, 0, NULL);
    check_words(invalid_argument);
    net_meshos_publish_log(handle, 77, "", 0);
    check_words(invalid_log_level);
    net_meshos_register_daemon(sdk, "b", 1, seed(1), &again);
    check_words(register_failed);
    net_meshos_sdk_shutdown(sdk);
    net_meshos_sdk_shutdown(sdk);
    check_words(already_shutdown);
    net_meshos_publish_log(handle, 1, "", 0);
    check_words(loop_closed);
    end(sdk, handle);
}

static void message_of_huge_name(void) {
    enum { SIZE = 1 << 20 };
    static char name[SIZE];
    for (size_t i = 0; i + 1 < SIZE; i += 2)
        memcpy(name + i, "\xc3\xa4", 2); /* a name cut in the middle of a character would not be UTF-8 */
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = NULL, *again = NULL;
    NEED_OK(net_meshos_register_daemon(sdk, name, SIZE, seed(1), &handle));
    EXPECT(net_meshos_register_daemon(sdk, name, SIZE, seed(1), &again), -2, register_failed);
    end(sdk, handle);
}

const struct suite_case cases_errors[] = {
    HEADER("errors.new_thread", new_thread_has_none, "last_error.new_thread errors.thread"),
    HEADER("errors.clear", clear_makes_both_null, "last_error.clear"),
    HEADER("errors.own_pair", each_thread_has_its_own, "errors.thread"),
    HEADER("errors.other_threads", other_threads_leave_it_alone, "errors.thread last_error.kept"),
    HEADER("errors.replaced", later_error_replaces_it,
           "last_error.set_and_cleared last_error.message last_error.kind status.call_failed"),
    REFERENCE("errors.cleared_by_success", success_clears_it, "last_error.set_and_cleared errors.status", .sleeps = true),
    REFERENCE("errors.kept", other_calls_keep_it,
              "last_error.kept metadata.last_error free_string.last_error free_string.null dropped.last_error "
              "process_emit.last_error"),
    REFERENCE("errors.kept_by_null_accessors", null_accessors_keep_it, "daemon_id.invalid daemon_name.invalid"),
    REFERENCE("errors.kept_by_dropped", dropped_never_touches_it, "dropped.last_error dropped.none"),
    HEADER("errors.lifetime", text_lives_until_the_next_error, "last_error.lifetime last_error.kind_lifetime"),
    REFERENCE("errors.message", message_comes_with_kind, "errors.message errors.default_kind"),
    REFERENCE("errors.message_of_huge_name", message_of_huge_name, "errors.message register.taken"),
    END,
};
