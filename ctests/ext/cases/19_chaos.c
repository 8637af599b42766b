/* Everything at once: threads that make random calls on daemons that make random calls. Nothing may crash, hang or
 * overlap, no status may be one that the headers don't know, and every daemon must be destroyed once. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"
#include "report.h"
#include "sync.h"

enum { SLOTS = 24, THREADS = 6, CHAOS_MS = 4000 };

/* One daemon. Slots are used again, these are not. */
struct life {
    NetMeshOsSdk *sdk;
    _Atomic(NetMeshOsHandle *) handle;
    uint64_t id;
    uint32_t random;
    atomic_int running, destroys;
    struct life *before;
};

static struct {
    pthread_mutex_t lock; /* guards what follows */
    NetMeshOsSdk *sdk;
    struct life *slots[SLOTS];
    struct life *all;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_bool time_is_over;

/* xorshift32 */
static uint32_t draw(uint32_t *random, uint32_t n) {
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random % n;
}

static NetMeshOsSdk *any_sdk(void) {
    pthread_mutex_lock(&world.lock);
    NetMeshOsSdk *sdk = world.sdk;
    pthread_mutex_unlock(&world.lock);
    return sdk;
}

/* The id and handle of some daemon, which may have gone. */
static uint64_t any(uint32_t *random, NetMeshOsHandle **handle) {
    uint32_t slot = draw(random, SLOTS);
    pthread_mutex_lock(&world.lock);
    const struct life *l = world.slots[slot];
    uint64_t id = l ? l->id : NOBODY;
    *handle = l ? l->handle : NULL;
    pthread_mutex_unlock(&world.lock);
    return id;
}

static void known(int status) {
    static const char *const kinds[] = {invalid_argument, invalid_handle, invalid_state,  already_shutdown,
                                        register_failed,  not_found,      queue_full,     draining,
                                        stopped,          backing_off,    process_failed, restore_failed,
                                        timeout,          shutdown_failed, mesh_unavailable, already_processed};
    const char *kind = net_meshos_last_error_kind();
    if (status == NET_MESHOS_OK)
        return;
    CHECK(status >= -4 && status < 0);
    for (size_t i = 0; i < LENGTH(kinds); i++)
        if (kind && strcmp(kind, kinds[i]) == 0)
            return;
    FAIL("the status %d has the kind %s", status, kind ? kind : "NULL");
}

/* ---- What daemons do ---- */

static void enter(struct life *l) {
    if (atomic_fetch_add(&l->running, 1) != 0)
        FAIL("two callbacks of a daemon run at once");
    if (atomic_load(&l->destroys) != 0)
        FAIL("a callback comes after destroy");
}

static void leave(struct life *l) {
    atomic_fetch_sub(&l->running, 1);
}

static void call_something(uint32_t *random, bool inside);

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    struct life *l = user_ctx;
    (void)origin, (void)sequence;
    enter(l);
    uint8_t left = length > 0 ? payload[0] : 0; /* how many more times it is passed on */
    for (uint32_t i = draw(&l->random, 3); left > 0 && i > 0; i--) {
        uint8_t less = (uint8_t)(left - 1);
        net_meshos_process_emit(emit, &less, 1);
    }
    if (draw(&l->random, 50) == 0)
        call_something(&l->random, true);
    int status = draw(&l->random, 100) == 0;
    leave(l);
    return status;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit) {
    enter(user_ctx);
    net_meshos_snapshot_emit(emit, (const uint8_t *)"state", 5);
    leave(user_ctx);
}

static int restore(void *user_ctx, const uint8_t *state, size_t length) {
    struct life *l = user_ctx;
    enter(l);
    CHECK(length == 0 || (length == 5 && memcmp(state, "state", 5) == 0));
    int status = draw(&l->random, 10) == 0;
    leave(l);
    return status;
}

static void on_control(void *user_ctx, int kind, uint64_t grace_ms, float level) {
    struct life *l = user_ctx;
    (void)grace_ms, (void)level;
    enter(l);
    if (kind == NET_MESHOS_CONTROL_SHUTDOWN && draw(&l->random, 2) == 0)
        net_meshos_ext_daemon_done(l->handle);
    leave(l);
}

static int health(void *user_ctx) {
    struct life *l = user_ctx;
    enter(l);
    int health = draw(&l->random, 20) == 0;
    leave(l);
    return health;
}

static void destroy(void *user_ctx) {
    struct life *l = user_ctx;
    if (atomic_load(&l->running) != 0)
        FAIL("destroy comes while a callback runs");
    atomic_fetch_add(&l->destroys, 1);
}

static const NetMeshOsDaemonVtable vtable = {process, snapshot, restore, on_control, health, NULL};

/* ---- What is called ---- */

static void take_output(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                        const uint8_t *payload, size_t length) {
    (void)ctx, (void)id, (void)origin, (void)sequence, (void)number, (void)payload;
    CHECK(length == 1);
}

static void take_log(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t id, const char *message,
                     size_t length) {
    (void)ctx, (void)seq, (void)unix_ms, (void)level, (void)id, (void)message, (void)length;
}

static void begin_life(uint32_t *random) {
    struct life *l = calloc(1, sizeof *l);
    uint8_t bytes[SEED_SIZE];
    uint32_t slot = draw(random, SLOTS);
    memcpy(bytes, seed(slot), SEED_SIZE);
    pthread_mutex_lock(&world.lock);
    l->before = world.all;
    world.all = l;
    l->sdk = world.sdk;
    pthread_mutex_unlock(&world.lock);
    l->random = *random | 1;
    NetMeshOsHandle *handle = NULL;
    int status = net_meshos_register_daemon_with_vtable_v2(l->sdk, "life", 4, bytes, &vtable, l, destroy, &handle);
    known(status);
    pthread_mutex_lock(&world.lock);
    if (status == NET_MESHOS_OK) {
        l->handle = handle;
        l->id = net_meshos_handle_daemon_id(handle);
        world.slots[slot] = l; /* whose slot it was has gone, or belongs to an SDK that is down */
    } else if (status == NET_MESHOS_ERR_NULL) {
        atomic_store(&l->destroys, 1); /* the SDK had been freed: destroy is not called then */
    }
    pthread_mutex_unlock(&world.lock);
}

static void renew_sdk(void) {
    NetMeshOsSdk *fresh = NULL;
    known(sdk_start(&fresh, "{'tick_interval_ms': 2, 'inbox_capacity': 16, 'on_process_failure': 'restart',"
                            "'backoff_initial_ms': 1, 'backoff_max_ms': 4, 'crash_loop_threshold': 4,"
                            "'crash_loop_cooldown_ms': 20, 'recovery_ramp_ms': 3}"));
    pthread_mutex_lock(&world.lock);
    NetMeshOsSdk *old = world.sdk;
    world.sdk = fresh;
    pthread_mutex_unlock(&world.lock);
    if (old) {
        known(net_meshos_sdk_shutdown(old));
        net_meshos_sdk_free(old);
    }
}

static void call_something(uint32_t *random, bool inside) {
    NetMeshOsHandle *handle, *other_handle;
    uint64_t id = any(random, &handle), other = any(random, &other_handle);
    NetMeshOsSdk *sdk = any_sdk();
    uint8_t ttl = 3, *state = NULL;
    size_t length = 0, accepted;
    char *text = NULL;
    NetMeshOsEvent events[8];
    for (size_t i = 0; i < LENGTH(events); i++)
        events[i] = (NetMeshOsEvent){1, draw(random, 1 << 30), &ttl, 1};
    switch (draw(random, 40)) {
    case 0: known(net_meshos_ext_stop_daemon(sdk, id, 1 + draw(random, 3))); break;
    case 1: known(net_meshos_ext_restart_daemon(sdk, id)); break;
    case 2: known(net_meshos_ext_enter_maintenance(sdk, 1 + draw(random, 5))); break;
    case 3:
    case 4: known(net_meshos_ext_exit_maintenance(sdk)); break;
    case 5: known(net_meshos_ext_set_output(sdk, draw(random, 2) ? take_output : NULL, NULL)); break;
    case 6: known(net_meshos_ext_on_log(sdk, 0, draw(random, 2) ? take_log : NULL, NULL)); break;
    case 7: text = net_meshos_ext_runtime_json(sdk); break;
    case 8: text = net_meshos_ext_logs_json(sdk, 0, 10); break;
    case 9:
    case 10: known(net_meshos_ext_snapshot(sdk, id, &state, &length)); break;
    case 11: known(net_meshos_ext_restore(sdk, id, (const uint8_t *)"state", 5)); break;
    case 12: known(net_meshos_graceful_shutdown(handle, 1 + draw(random, 3))); break;
    case 13:
    case 14: net_meshos_handle_free(handle); break;
    case 15:
    case 16: known(net_meshos_ext_subscribe(sdk, id, other)); break;
    case 17: known(net_meshos_ext_unsubscribe(sdk, id, other)); break;
    case 18: known(net_meshos_ext_flush(sdk, draw(random, 2) ? id : 0, 1)); break;
    case 19: known(net_meshos_ext_daemon_done(handle)); break;
    case 20:
        if (!inside && draw(random, 20) == 0)
            renew_sdk();
        break;
    case 21: known(net_meshos_ext_deliver(sdk, id, events, take_output, NULL)); break;
    case 22:
    case 23:
    case 24:
    case 25: begin_life(random); break;
    case 26: text = net_meshos_refresh_metadata(handle); break;
    default: known(net_meshos_ext_post(sdk, id, events, LENGTH(events), &accepted)); break;
    }
    net_meshos_ext_free_bytes(state, length);
    net_meshos_free_string(text);
}

static void *live(void *context) {
    uint32_t random = *(uint32_t *)context;
    while (!atomic_load(&time_is_over))
        call_something(&random, false);
    return NULL;
}

CASE_WITHIN(120, chaos, "chaos: random calls from outside and inside, by many threads") {
    pthread_t threads[THREADS];
    uint32_t randoms[THREADS];
    uint64_t began = now_ms();
    gauge never = {0};
    renew_sdk();
    for (int i = 0; i < THREADS; i++) {
        randoms[i] = (uint32_t)(began * 2654435761u + (uint64_t)i * 97) | 1;
        threads[i] = thread_start(live, &randoms[i]);
    }
    gauge_reaches(&never, 1, CHAOS_MS); /* the time that it lasts */
    atomic_store(&time_is_over, true);
    for (int i = 0; i < THREADS; i++)
        THREAD_JOIN(threads[i]);
    known(net_meshos_sdk_shutdown(world.sdk));
    net_meshos_sdk_free(world.sdk);
    size_t lives = 0;
    for (struct life *l = world.all; l; l = l->before) {
        if (l->handle)
            net_meshos_handle_free(l->handle);
        CHECK_INT(atomic_load(&l->destroys), 1);
        lives++;
    }
    CHECK_AT_LEAST(lives, 10);
    if (report_has_failed())
        report_failed("the first of the random numbers was %u", randoms[0]);
}
