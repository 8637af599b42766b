/* Operations that tell, ask, look, and give back what they got; and bad pointers for those that take any. */
#include "ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Texts are made under the read lock. A text is freed twice under the write lock, where its address can't have
 * become another text meanwhile. */
static pthread_rwlock_t texts = PTHREAD_RWLOCK_INITIALIZER;

void op_FREE_BYTES(uint64_t random) {
    char *const on_heap = malloc(32), on_stack[8] = "stack";
    CALL(net_meshos_ext_free_bytes)(NULL, draw_below(&random, 9));
    CALL(net_meshos_ext_free_bytes)((uint8_t *)on_stack, 8);
    CALL(net_meshos_ext_free_bytes)((uint8_t *)on_heap, 32);
    CALL(net_meshos_ext_free_bytes)((uint8_t *)(uintptr_t)(1 + draw_below(&random, 4096)), 8);
    CALL(net_meshos_ext_free_bytes)((uint8_t *)(uintptr_t)draw(&random), (size_t)draw(&random));
    memset(on_heap, 1, 32);
    free(on_heap);
}

void op_MAINTENANCE(uint64_t random) {
    if (world.plan.threads == 1)
        return; /* what follows from it takes time, and a plan on one thread must answer the same each time */
    const struct sdk_pick pick = pick_sdk(&random);
    const bool in = draw_below(&random, 2) != 0;
    const int status = in ? CALL(net_meshos_ext_enter_maintenance)(pick.handle, draw_below(&random, 5))
                          : CALL(net_meshos_ext_exit_maintenance)(pick.handle);
    answer("maintenance", status, pick.good, " invalid_state ");
}

void op_STOP(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    const int status = CALL(net_meshos_ext_stop_daemon)(pick.handle, id, 1 + draw_below(&random, 3));
    answer("ext_stop_daemon", status, pick.good, " not_found shutdown_failed draining stopped invalid_state ");
}

void op_RESTART(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    const int status = CALL(net_meshos_ext_restart_daemon)(pick.handle, id);
    answer("ext_restart_daemon", status, pick.good, " not_found draining stopped ");
}

void op_DONE(uint64_t random) {
    const struct daemon_pick pick = pick_daemon(&random);
    answer("ext_daemon_done", CALL(net_meshos_ext_daemon_done)(pick.handle), pick.good, " invalid_state stopped ");
}

static void whole_event(const NetMeshOsDaemonControl *event) {
    if (event->kind < NET_MESHOS_CONTROL_NONE || event->kind > NET_MESHOS_CONTROL_BACKPRESSURE_OFF ||
        !(event->level >= 0 && event->level <= 1) || (event->kind == 0 && event->grace_period_ms))
        wrong("control: kind %d, grace %llu, level %g", event->kind, (unsigned long long)event->grace_period_ms,
              (double)event->level);
}

void op_NEXT_CONTROL(uint64_t random) {
    const struct daemon_pick pick = pick_daemon(&random);
    NetMeshOsDaemonControl event = {.kind = 77};
    if (draw_below(&random, 16) == 0) {
        refuse("next_control", CALL(net_meshos_next_control)(pick.handle, 1, NULL), pick.good, -3, "invalid_argument");
        return;
    }
    /* On the page of the daemon, which is closed once its handle has been freed. */
    NetMeshOsDaemonControl *out = pick.record && draw_below(&random, 2) ? &pick.record->out[draw_below(&random, 100)] : &event;
    const int status = draw_below(&random, 2) ? CALL(net_meshos_try_next_control)(pick.handle, out)
                                              : CALL(net_meshos_next_control)(pick.handle, 1 + draw_below(&random, 3), out);
    answer("next_control", status, pick.good, " ");
    if (out == &event && status == NET_MESHOS_OK)
        whole_event(&event);
    else if (out == &event && event.kind != 77)
        wrong("out: next_control failed and wrote to it");
}

static void *wait_for_control(void *argument) {
    struct record *record = argument;
    const int status = CALL(net_meshos_next_control)(record->handle, 0, &record->out[101]);
    answer("next_control", status, LIVE, " ");
    atomic_fetch_sub(&world.readers, 1);
    return NULL;
}

void op_READER(uint64_t random) {
    const struct daemon_pick pick = pick_daemon(&random);
    if (!pick.record || atomic_fetch_add(&world.readers, 1) >= 32) {
        if (pick.record)
            atomic_fetch_sub(&world.readers, 1);
        return;
    }
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &detached, wait_for_control, pick.record) != 0)
        atomic_fetch_sub(&world.readers, 1);
    pthread_attr_destroy(&detached);
}

void op_LOG(uint64_t random) {
    static const char *const bad[] = {"\xff", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "a\xe2\x82"};
    const struct daemon_pick pick = pick_daemon(&random);
    const int level = (int)draw_below(&random, 5);
    switch (draw_below(&random, 8)) {
    case 0: {
        const char *text = bad[draw_below(&random, 5)];
        refuse("publish_log", CALL(net_meshos_publish_log)(pick.handle, level, text, strlen(text)), pick.good, -3,
               "invalid_argument");
        break;
    }
    case 1:
        refuse("publish_log", CALL(net_meshos_publish_log)(pick.handle, -1 - level, "x", 1), pick.good, -3,
               "invalid_log_level");
        break;
    case 2:
        refuse("publish_log", CALL(net_meshos_publish_log)(pick.handle, level, NULL, 0), pick.good, -3,
               "invalid_argument");
        break;
    default:
        answer("publish_log", CALL(net_meshos_publish_log)(pick.handle, level, "a\0line", 6), pick.good,
               " queue_full loop_closed ");
    }
}

void op_CAPABILITIES(uint64_t random) {
    static const char *const good[] = {"[]", " [ \"a\" , \"b\" ] ", "[\"\\ud83d\\ude00\"]", "[\"\"]"};
    static const char *const bad[] = {"null", "[null]", "[1]", "[\"a\"", "[\"a\",]", "{}", "[\"\\ud800\"]", "[]x", "[[\"a\"]]"};
    const struct daemon_pick pick = pick_daemon(&random);
    const char *text = bad[draw_below(&random, 9)];
    if (draw_below(&random, 2)) {
        refuse("publish_capabilities", CALL(net_meshos_publish_capabilities)(pick.handle, text, strlen(text)), pick.good,
               -3, "invalid_argument");
    } else {
        text = good[draw_below(&random, 4)];
        answer("publish_capabilities", CALL(net_meshos_publish_capabilities)(pick.handle, text, strlen(text)), pick.good, " ");
    }
}

static void whole_text(const char *text, char first, char last) {
    const size_t len = strlen(text);
    if (len < 2 || text[0] != first || text[len - 1] != last)
        wrong("text: it is no JSON: %.40s", text);
}

void op_METADATA(uint64_t random) {
    const struct daemon_pick pick = pick_daemon(&random);
    if (pthread_rwlock_tryrdlock(&texts) != 0)
        return;
    char *text = draw_below(&random, 2) ? CALL(net_meshos_metadata)(pick.handle)
                                        : CALL(net_meshos_refresh_metadata)(pick.handle);
    if (text)
        whole_text(text, '{', '}');
    if (text && pick.good != LIVE)
        wrong("handle: metadata of one that is none");
    CALL(net_meshos_free_string)(text);
    pthread_rwlock_unlock(&texts);
}

void op_FREE_STRING(uint64_t random) {
    char on_stack[8] = "stack";
    CALL(net_meshos_free_string)(on_stack);
    CALL(net_meshos_free_string)((char *)(uintptr_t)(1 + draw_below(&random, 4096)));
    CALL(net_meshos_free_string)((char *)(uintptr_t)draw(&random));
    const struct daemon_pick pick = pick_daemon(&random);
    if (inside.depth || !pick.record || pthread_rwlock_trywrlock(&texts) != 0)
        return;
    char *text = CALL(net_meshos_metadata)(pick.handle);
    if (text) {
        CALL(net_meshos_free_string)(text + 1);
        CALL(net_meshos_ext_free_bytes)((uint8_t *)text, strlen(text)); /* no bytes of ext_snapshot */
        whole_text(text, '{', '}');
        CALL(net_meshos_free_string)(text);
        CALL(net_meshos_free_string)(text);
    }
    pthread_rwlock_unlock(&texts);
}

static char *look(uint64_t *random, struct sdk_pick *pick, char brackets[2]) {
    uint64_t id;
    struct record *record;
    memcpy(brackets, "{}", 2);
    switch (draw_below(random, 3)) {
    case 0:
        *pick = pick_target(random, &id, &record);
        return CALL(net_meshos_ext_daemon_json)(pick->handle, id);
    case 1:
        *pick = pick_sdk(random);
        return CALL(net_meshos_ext_runtime_json)(pick->handle);
    default:
        *pick = pick_sdk(random);
        memcpy(brackets, "[]", 2);
        return CALL(net_meshos_ext_logs_json)(pick->handle, draw_below(random, 100), draw_below(random, 9));
    }
}

void op_LOOK(uint64_t random) {
    struct sdk_pick pick;
    char brackets[2];
    if (pthread_rwlock_tryrdlock(&texts) != 0)
        return;
    char *text = look(&random, &pick, brackets);
    if (text)
        whole_text(text, brackets[0], brackets[1]);
    if (text && pick.good != LIVE)
        wrong("handle: JSON of one that is none");
    if (!text && !CALL(net_meshos_last_error_kind)())
        wrong("error: no JSON and no kind");
    CALL(net_meshos_free_string)(text);
    pthread_rwlock_unlock(&texts);
}

void op_ACCESSORS(uint64_t random) {
    const struct daemon_pick pick = pick_daemon(&random);
    const uint64_t id = CALL(net_meshos_handle_daemon_id)(pick.handle);
    const char *name = CALL(net_meshos_handle_daemon_name)(pick.handle);
    if (pick.good != LIVE && (id || name))
        wrong("handle: an id or a name of one that is none");
    const struct sdk_pick sdk = pick_sdk(&random);
    const uint64_t dropped = CALL(net_meshos_sdk_dropped_control_events)(sdk.handle);
    if (sdk.good != LIVE && dropped != UINT64_MAX)
        wrong("handle: a count of one that is none");
    uint8_t seeds[2][32] = {{0}, {0}};
    if (CALL(net_meshos_ext_new_seed)(seeds[0]) || CALL(net_meshos_ext_new_seed)(seeds[1]) ||
        memcmp(seeds[0], seeds[1], 32) == 0)
        wrong("seed: none, or the same twice");
    if (strcmp(CALL(net_meshos_ext_version)(), NET_MESHOS_EXT_VERSION) != 0)
        wrong("version: not that of the header");
}

void op_ERRORS(uint64_t random) {
    CALL(net_meshos_clear_last_error)();
    if (CALL(net_meshos_last_error_kind)() || CALL(net_meshos_last_error_message)())
        wrong("error: it is there after it was cleared");
    refuse("sdk_shutdown", CALL(net_meshos_sdk_shutdown)(NULL), NOTHING, -1, "invalid_argument");
    (void)random;
}

void op_EMIT(uint64_t random) {
    /* On other threads than a callback's own the context of a callback that is over is all that there is. */
    NetMeshOsProcessEmitCtx *const old = (NetMeshOsProcessEmitCtx *)atomic_load(&world.old_emit);
    CALL(net_meshos_process_emit)(NULL, (const uint8_t *)"x", 1);
    CALL(net_meshos_process_emit)(old, (const uint8_t *)"x", 1);
    CALL(net_meshos_process_emit)((NetMeshOsProcessEmitCtx *)(uintptr_t)(1 + draw_below(&random, 4096)), NULL, 0);
    CALL(net_meshos_snapshot_emit)((NetMeshOsSnapshotEmitCtx *)old, (const uint8_t *)"x", 1);
    CALL(net_meshos_snapshot_emit)((NetMeshOsSnapshotEmitCtx *)(uintptr_t)draw(&random), (const uint8_t *)"x", SIZE_MAX);
}
