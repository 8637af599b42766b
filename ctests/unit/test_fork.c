/* A child of fork can't use the library: its calls fail and return, whatever
 * other threads were at when it was made. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "fork.h"
#include "strings.h"

static const uint8_t seed[32] = {1};
/* Handed out before the fork. */
static char *text;
static uint8_t *bytes;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return 0;
}

static unsigned destroyed;

static void destroy(void *ctx) {
    CHECK(ctx == &destroyed);
    destroyed++;
    net_meshos_clear_last_error();
}

static void every_call_of_the_headers_fails(void) {
    for (const struct every_call *c = every_calls; c->name; c++) {
        unit_about("%s", c->name);
        net_meshos_clear_last_error();
        int got = c->make();
        CHECK(!every_call_wrote());
        if (c->fails != NET_MESHOS_ERR_CALL_FAILED && c->fails != GOT_NULL)
            continue;
        CHECK_INT(got, c->fails);
        CHECK_TEXT(net_meshos_last_error_kind(), "forked");
    }
    unit_about(NULL);
}

#define FORKED(call) EXPECT((call), -2, "forked")

static void the_rest_answers(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = process};
    NetMeshOsHandle *made = NULL;
    FORKED(net_meshos_register_daemon_with_vtable_v2(sdk, "x", 1, seed, &vtable, &destroyed, destroy, &made));
    CHECK(!made);
    CHECK_U64(destroyed, 1); /* as for each failure that is not the arguments' */
    FORKED(net_meshos_sdk_shutdown(invalid_sdk(0)));
    FORKED(net_meshos_publish_log(invalid_handle(0), 0, "x", 1));
    CHECK_U64(net_meshos_handle_daemon_id(handle), 0);
    CHECK(net_meshos_handle_daemon_name(handle) == NULL);
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), UINT64_MAX);
    CHECK_TEXT(net_meshos_ext_version(), NET_MESHOS_EXT_VERSION);
    net_meshos_free_string(text);
    net_meshos_ext_free_bytes(bytes, 5);
    CHECK_TEXT(text, "text"); /* not freed */
    CHECK(memcmp(bytes, "bytes", 5) == 0);
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, NULL), -3, "invalid_argument"); /* NULL is NULL */
    EXPECT(net_meshos_sdk_shutdown(NULL), -1, "invalid_argument");
    EXPECT(net_meshos_try_next_control(NULL, NULL), -1, "invalid_argument");
}

static void every_call(void) {
    CHECK(meshos_forked());
    unsigned calls = atomic_load(&go.calls);
    every_call_of_the_headers_fails();
    the_rest_answers();
    CHECK_U64(atomic_load(&go.calls), calls);
}

/* Has a child do it, and waits for its end. A child that hangs is ended by its
 * own alarm. */
static void in_child(void (*function)(void)) {
    fflush(stdout);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        alarm(300);
        unsigned before = unit_failures();
        function();
        _exit(unit_failures() > before);
    }
    int status = -1;
    while (waitpid(child, &status, 0) < 0)
        NEED(errno == EINTR);
    CHECK(WIFEXITED(status));
    CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), 0);
}

static void begin(void) {
    calls_begin();
    text = text_hand_out("text", 4);
    bytes = bytes_hand_out("bytes", 5);
    NEED(text && bytes);
}

/* The parent goes on as if nothing had been. */
static void end(void) {
    CHECK(!meshos_forked());
    CHECK(!atomic_load(&sdk_table.disabled) && !atomic_load(&daemon_table.disabled));
    EXPECT(net_meshos_publish_log(handle, 0, "x", 1), 0, NULL);
    CHECK_TEXT(net_meshos_handle_daemon_name(handle), "daemon");
    net_meshos_free_string(text);
    calls_end();
}

static void calls_of_a_child_fail(void) {
    begin();
    in_child(every_call);
    end();
}

static void grandchild(void) {
    in_child(every_call);
}

static void calls_of_a_grandchild_fail(void) {
    begin();
    in_child(grandchild);
    end();
}

/* Locks that the child finds taken forever. */
static void locks_of_the_parent_are_not_waited_for(void) {
    begin();
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    pthread_mutex_t *const locks[] = {&sdk_table.lock, &daemon_table.lock, mailbox_lock(&d->mailbox), stage_lock(d)};
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++)
        pthread_mutex_lock(locks[i]);
    in_child(every_call);
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++)
        pthread_mutex_unlock(locks[i]);
    end();
}

static void a_fork_in_a_callback_is_one_too(void) {
    begin();
    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    in_child(every_call);
    frame_leave(&f);
    end();
}

/* Forks while threads are in the midst of everything. */
static atomic_bool over;

static void *use_strings(void *nothing) {
    (void)nothing;
    while (!atomic_load(&over))
        net_meshos_free_string(text_hand_out("x", 1));
    return NULL;
}

static void *use_slots(void *nothing) {
    (void)nothing;
    while (!atomic_load(&over)) {
        struct daemon_cell *d = slot_take(&daemon_table);
        NEED(d && daemon_cell_fill(d, 8, "x", 1, NULL, NULL, NULL));
        slot_drop(&daemon_table, d);
    }
    return NULL;
}

static void *use_calls(void *nothing) {
    (void)nothing;
    NetMeshOsDaemonControl event;
    while (!atomic_load(&over)) {
        CHECK_INT(net_meshos_next_control(handle, 1, &event), 0);
        CHECK_INT(net_meshos_try_next_control(handle, &event), 0);
    }
    return NULL;
}

static void calls_fail_whatever_threads_were_at(void) {
    begin();
    void *(*const functions[])(void *) = {use_strings, use_strings, use_slots, use_calls};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        threads[i] = thread_start(functions[i], NULL);
    for (int i = 0; i < 40; i++)
        in_child(every_call);
    atomic_store(&over, true);
    for (size_t i = 0; i < 4; i++)
        thread_join(threads[i]);
    end();
}

const struct test fork_tests[] = {
    {"fork: calls of a child fail", calls_of_a_child_fail},
    {"fork: calls of a grandchild fail", calls_of_a_grandchild_fail},
    {"fork: locks of the parent are not waited for", locks_of_the_parent_are_not_waited_for},
    {"fork: a fork in a callback is one too", a_fork_in_a_callback_is_one_too},
    {"fork: calls fail whatever threads were at", calls_fail_whatever_threads_were_at},
    {NULL, NULL},
};
