/* Id and name: of NULL, throughout a handle's life, from many threads. */
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"
#include "sync.h"

static void null_handle(void) {
    CHECK_U64(net_meshos_handle_daemon_id(NULL), 0);
    CHECK_POINTER(net_meshos_handle_daemon_name(NULL), NULL);
}

/* The pointer itself stays valid from the registration on, while much else is allocated and freed. */
static void name_lives_as_long_as_the_handle(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    const char *name = net_meshos_handle_daemon_name(handle);
    uint64_t id = net_meshos_handle_daemon_id(handle);
    for (unsigned i = 2; i < 200; i++)
        net_meshos_handle_free(daemon_new(sdk, i));
    CHECK_TEXT(name, "daemon-1");
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    CHECK_TEXT(name, "daemon-1");
    NetMeshOsHandle *again = daemon_new(sdk, 1);
    CHECK_TEXT(name, "daemon-1");
    end(sdk, again);
    for (int i = 0; i < 20; i++) {
        NetMeshOsSdk *other = sdk_new();
        end(other, daemon_new(other, 3));
    }
    CHECK_TEXT(name, "daemon-1");
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    CHECK_U64(net_meshos_handle_daemon_id(handle), id);
    net_meshos_handle_free(handle);
}

static void after_graceful_shutdown(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    uint64_t id = net_meshos_handle_daemon_id(handle);
    EXPECT_OK(net_meshos_graceful_shutdown(handle, 1));
    CHECK_U64(net_meshos_handle_daemon_id(handle), id);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon-1");
    end(sdk, handle);
}

struct moved {
    NetMeshOsHandle *handle;
    uint64_t id;
};

/* A handle made on one thread, used, consumed and freed on others. */
static void *use(void *argument) {
    struct moved *m = argument;
    NetMeshOsDaemonControl event = event_poison();
    CHECK_U64(net_meshos_handle_daemon_id(m->handle), m->id);
    CHECK_TEXT(net_meshos_handle_daemon_name(m->handle), "daemon-1");
    EXPECT_OK(net_meshos_publish_log(m->handle, NET_MESHOS_LOG_WARN, "moved", 5));
    EXPECT_OK(net_meshos_try_next_control(m->handle, &event));
    char *text = net_meshos_metadata(m->handle);
    CHECK(text != NULL);
    return text;
}

static void *consume(void *argument) {
    struct moved *m = argument;
    EXPECT_OK(net_meshos_graceful_shutdown(m->handle, 1));
    return NULL;
}

static void *free_it(void *argument) {
    struct moved *m = argument;
    net_meshos_handle_free(m->handle);
    return NULL;
}

static void *free_text(void *text) {
    net_meshos_free_string(text);
    return NULL;
}

static void handles_move_between_threads(void) {
    NetMeshOsSdk *sdk = sdk_new();
    struct moved moved = {.handle = daemon_new(sdk, 1)};
    moved.id = net_meshos_handle_daemon_id(moved.handle);
    char *text = THREAD_JOIN(thread_start(use, &moved));
    CHECK(text && strstr(text, "daemon-1") != NULL); /* made on a thread that has ended */
    THREAD_JOIN(thread_start(free_text, text));
    THREAD_JOIN(thread_start(consume, &moved));
    THREAD_JOIN(thread_start(free_it, &moved));
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_accessors[] = {
    HEADER("accessors.null", null_handle, "daemon_id.invalid daemon_name.invalid"),
    HEADER("accessors.name_lifetime", name_lives_as_long_as_the_handle,
           "daemon_name.lifetime daemon_name.text daemon_id.lifetime"),
    HEADER("accessors.consumed", after_graceful_shutdown, "daemon_id.lifetime daemon_name.lifetime handles.consumed"),
    HEADER("accessors.moved", handles_move_between_threads, "handles.any_thread free_string.frees"),
    END,
};
