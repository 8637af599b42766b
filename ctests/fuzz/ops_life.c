/* Operations that begin and end things. */
#include "ops.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define FREE_PAGE 4096

static void config(char *text, size_t size, uint64_t *random) {
    const bool accounts = world.plan.profile == ACCOUNTS, alone = world.plan.threads == 1 && !accounts;
    const unsigned inboxes[] = {1, 2, 8, 64, 65536};
    const unsigned ticks[] = {1, 5, 500};
    const bool restart = accounts || (!alone && draw_below(random, 2) == 0);
    const unsigned any = inboxes[draw_below(random, 5)], few = 1 + draw_below(random, 2);
    const unsigned inbox = accounts ? 2 + any % 14 : alone ? 65536 : slots() == 4 ? few : any;
    char tick[24];
    snprintf(tick, sizeof tick, "%u", ticks[draw_below(random, 3)]);
    snprintf(text, size,
             "{\"tick_interval_ms\":%s,\"inbox_capacity\":%u,\"control_capacity\":%u,\"on_process_failure\":\"%s\","
             "\"backoff_first_ms\":%u,\"backoff_initial_ms\":%u,\"backoff_max_ms\":%u,\"crash_loop_threshold\":%u,"
             "\"crash_loop_window_ms\":100,"
             "\"crash_loop_cooldown_ms\":20,\"drain_deadline_ms\":30,\"recovery_ramp_ms\":2,\"watchdog_ms\":%u}",
             alone || accounts ? "18446744073709551615" : tick, inbox, 1 + draw_below(random, 8),
             restart ? "restart" : "skip", accounts ? 60000 : 0, accounts ? 60000 : 1, accounts ? 60000 : 4, accounts ? 1000 : 3,
             draw_below(random, 2) ? 1 : 5000);
}

static struct sdk *new_sdk(NetMeshOsSdk *handle) {
    struct sdk *sdk = calloc(1, sizeof *sdk);
    sdk->handle = handle;
    pthread_mutex_init(&sdk->output_lock, NULL);
    pthread_mutex_init(&sdk->log_lock, NULL);
    const unsigned number = atomic_fetch_add(&world.sdk_count, 1);
    if (number < MAX_SDKS)
        world.all_sdks[number] = sdk;
    return sdk;
}

void op_START(uint64_t random) {
    static const char *const bad[] = {"{", "[]", "{\"tick\":1}", "{\"inbox_capacity\":-1}", "{\"control_capacity\":\"1\"}",
                                      "{} {}", "\xff", "{\"inbox_capacity\":99999999999999999999}"};
    NetMeshOsSdk *const untouched = (NetMeshOsSdk *)&random, *out = untouched;
    const uint32_t slot = draw_below(&random, world.plan.profile == ACCOUNTS ? 1 : SDK_SLOTS);
    if (draw_below(&random, 8) == 0) {
        const char *text = bad[draw_below(&random, sizeof bad / sizeof *bad)];
        refuse("ext_sdk_start", CALL(net_meshos_ext_sdk_start)(text, strlen(text), &out), LIVE, -3, "invalid_argument");
        refuse("ext_sdk_start", CALL(net_meshos_ext_sdk_start)("{}", SIZE_MAX, &out), LIVE, -3, "invalid_argument");
        refuse("sdk_start", CALL(net_meshos_sdk_start)(0, 0, 0, 0, 0, NULL), LIVE, -3, "invalid_argument");
        refuse("sdk_start", CALL(net_meshos_sdk_start)(0, 0, SIZE_MAX, 0, 0, &out), LIVE, -2, "runtime_panic");
        if (out != untouched)
            wrong("out: a start that failed wrote to it");
    }
    if (atomic_load(&world.sdks[slot]))
        return;
    char text[512];
    config(text, sizeof text, &random);
    const bool plain = world.plan.threads > 1 && draw_below(&random, 4) == 0;
    const int status = plain ? CALL(net_meshos_sdk_start)(1, 1, 0, 0, 2, &out)
                             : CALL(net_meshos_ext_sdk_start)(text, strlen(text), &out);
    if (answer(plain ? "sdk_start" : "ext_sdk_start", status, LIVE, " no_resources out_of_memory ") != NET_MESHOS_OK)
        return;
    if (!out || out == untouched)
        wrong("out: a start wrote nothing to it");
    struct sdk *nobody = NULL, *sdk = new_sdk(out);
    if (!atomic_compare_exchange_strong(&world.sdks[slot], &nobody, sdk)) {
        CALL(net_meshos_sdk_free)(out);
        add_stale(out);
    }
}

void end_promised(struct record *record, const char *by, bool alone) {
    if (record->with_destroy && alone && atomic_load(&record->destroyed) != 1)
        wrong("destroy: %s has returned, and destroy of daemon %u ran %d times", by, record->number,
              atomic_load(&record->destroyed));
    if (atomic_load(&record->inside))
        wrong("late: %s has returned, and a callback of daemon %u still runs", by, record->number);
    atomic_store(&record->over, true);
    if (alone)
        atomic_store(&record->gone, true);
}

/* Ends an SDK by a call; what it promises is promised for the daemons that were registered before. */
static void end_sdk(struct sdk *sdk, bool by_free) {
    static atomic_int ending; /* a call that ends beside another promises less */
    const unsigned before = atomic_load(&world.record_count);
    const bool alone = atomic_fetch_add(&ending, 1) == 0;
    bool registered[MAX_RECORDS], first[MAX_RECORDS];
    for (unsigned i = 1; i <= before && i < MAX_RECORDS; i++) {
        struct record *record = world.records[i];
        registered[i] = record && record->sdk == sdk && record->handle;
        first[i] = registered[i] && atomic_fetch_add(&record->ending, 1) == 0;
    }
    const time_t begin = time(NULL);
    bool ended = false;
    if (by_free) {
        CALL(net_meshos_sdk_free)(sdk->handle);
        ended = alone && time(NULL) - begin < 4;
    } else {
        ended = answer("sdk_shutdown", CALL(net_meshos_sdk_shutdown)(sdk->handle), LIVE, " shutdown_failed ") == 0;
    }
    atomic_fetch_sub(&ending, 1);
    ended &= inside.depth == 0;
    for (unsigned i = 1; i <= before && i < MAX_RECORDS; i++) {
        if (registered[i] && ended)
            end_promised(world.records[i], by_free ? "sdk_free" : "sdk_shutdown",
                         first[i] && atomic_load(&world.records[i]->ending) == 1);
        if (registered[i])
            atomic_fetch_sub(&world.records[i]->ending, 1);
    }
    if (ended)
        atomic_store(&sdk->ended, true);
}

void op_SHUTDOWN(uint64_t random) {
    const struct sdk_pick pick = pick_sdk(&random);
    if (pick.sdk)
        end_sdk(pick.sdk, false);
    else
        answer("sdk_shutdown", CALL(net_meshos_sdk_shutdown)(pick.handle), pick.good, " ");
}

void op_FREE_SDK(uint64_t random) {
    struct sdk *sdk = NULL;
    if (draw_below(&random, 4)) {
        sdk = atomic_exchange(&world.sdks[draw_below(&random, SDK_SLOTS)], NULL);
    } else {
        const struct sdk_pick pick = pick_sdk(&random);
        if (!pick.sdk)
            CALL(net_meshos_sdk_free)(pick.handle);
    }
    if (sdk) {
        end_sdk(sdk, true);
        add_stale(sdk->handle);
    }
}

static struct record *new_record(struct sdk *sdk, uint32_t slot, uint64_t *random) {
    const unsigned number = atomic_fetch_add(&world.record_count, 1) + 1;
    if (number >= MAX_RECORDS)
        return NULL;
    struct record *record = calloc(1, sizeof *record);
    record->number = number;
    record->sdk = sdk;
    record->calm = draw_below(random, 2) == 0;
    record->consumer = slot >= DAEMON_SLOTS / 2;
    record->last_output = calloc(MAX_RECORDS, sizeof *record->last_output);
    record->out = mmap(NULL, FREE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    world.records[number] = record;
    return record;
}

static void known_id(struct record *record) {
    const uint64_t id = CALL(net_meshos_handle_daemon_id)(record->handle);
    uint64_t known = 0;
    if (!id || (!atomic_compare_exchange_strong(&world.ids[record->seed], &known, id) && known != id))
        wrong("id: a seed gave two ids");
    record->id = id;
}

static void free_record(struct record *record) {
    const bool promised = inside.depth == 0 || (record->calm && !is_inside(record));
    edges_ended(record);
    atomic_fetch_add(&record->ending, 1);
    CALL(net_meshos_handle_free)(record->handle);
    if (promised) {
        /* Nobody may get user_ctx from here on, so destroy is over whoever else ends the daemon. */
        end_promised(record, "handle_free", true);
        /* Whoever waited has left, and touches its event no more. */
        mprotect(record->out, FREE_PAGE, PROT_NONE);
    }
    /* From inside a callback the end is still to come, and whoever else ends the daemon needn't wait for destroy. */
    if (promised)
        atomic_fetch_sub(&record->ending, 1);
    add_stale(record->handle);
}

static void refuse_registrations(const struct sdk_pick *pick, const uint8_t *seed, uint64_t *random) {
    NetMeshOsHandle *out = NULL;
    const NetMeshOsDaemonVtable *table = &tables[0], empty = {0};
    int status = 0;
    const char *call = "register_daemon";
    switch (draw_below(random, 6)) {
    case 0: status = CALL(net_meshos_register_daemon)(pick->handle, NULL, 0, seed, &out); break;
    case 1: status = CALL(net_meshos_register_daemon)(pick->handle, "x", 1, NULL, &out); break;
    case 2: status = CALL(net_meshos_register_daemon)(pick->handle, "x", 1, seed, NULL); break;
    case 3: status = CALL(net_meshos_register_daemon)(pick->handle, "\xc0\x80", 2, seed, &out); break;
    case 4:
        status = CALL(net_meshos_register_daemon_with_vtable_v2)(pick->handle, "x", 1, seed, NULL, NULL, destroy_called, &out);
        break;
    default:
        status = CALL(net_meshos_register_daemon_with_vtable)(pick->handle, "x", (size_t)PTRDIFF_MAX + 1, seed, table,
                                                              (void *)&empty, &out);
        break;
    }
    refuse(call, status, pick->good, -3, "invalid_argument");
    if (out)
        wrong("out: a registration that failed wrote to it");
}

void op_REGISTER(uint64_t random) {
    const bool accounts = world.plan.profile == ACCOUNTS;
    const struct sdk_pick pick = pick_sdk(&random);
    const uint32_t slot = draw_below(&random, slots());
    uint8_t seed[32] = {11};
    const uint32_t seed_number = accounts ? slot % SEEDS : draw_below(&random, SEEDS);
    seed[1] = (uint8_t)(seed_number + 1);
    if (draw_below(&random, 16) == 0)
        refuse_registrations(&pick, seed, &random);
    if (atomic_load(&world.daemons[slot]) && !accounts && draw_below(&random, 2)) {
        struct record *old = atomic_exchange(&world.daemons[slot], NULL);
        if (old)
            free_record(old);
    }
    if (!pick.sdk || atomic_load(&world.daemons[slot]))
        return;
    struct record *record = new_record(pick.sdk, slot, &random);
    if (!record)
        return;
    NetMeshOsHandle *out = NULL;
    const uint32_t how = accounts ? 9 : draw_below(&random, 10);
    const NetMeshOsDaemonVtable *table = &tables[draw_below(&random, 4)];
    record->seed = seed_number;
    record->with_destroy = how > 2;
    if (how == 0)
        atomic_store(&record->sdk->plain, true);
    const int status =
        how == 0   ? CALL(net_meshos_register_daemon)(pick.handle, "fuzz", 4, seed, &out)
        : how <= 2 ? CALL(net_meshos_register_daemon_with_vtable)(pick.handle, "fuzz", 4, seed, table, record, &out)
                   : CALL(net_meshos_register_daemon_with_vtable_v2)(pick.handle, "fuzz", 4, seed, table, record,
                                                                     destroy_called, &out);
    if (answer("register", status, pick.good, " register_failed ") != NET_MESHOS_OK) {
        const int expected = record->with_destroy && (status == -2 || status == -4);
        if (atomic_load(&record->destroyed) != expected)
            wrong("destroy: ran %d times for a registration that failed with %d", record->destroyed, status);
        atomic_store(&record->over, true);
        return;
    }
    record->handle = out;
    known_id(record);
    struct record *nobody = NULL;
    if (!atomic_compare_exchange_strong(&world.daemons[slot], &nobody, record))
        free_record(record);
}

void op_FREE(uint64_t random) {
    if (draw_below(&random, 8) == 0) {
        const struct daemon_pick pick = pick_daemon(&random);
        if (!pick.record)
            CALL(net_meshos_handle_free)(pick.handle);
        return;
    }
    struct record *record = atomic_exchange(&world.daemons[draw_below(&random, slots())], NULL);
    if (record)
        free_record(record);
}

void op_GRACEFUL(uint64_t random) {
    const struct daemon_pick pick = pick_daemon(&random);
    const bool first = pick.record && atomic_fetch_add(&pick.record->ending, 1) == 0;
    const int status = CALL(net_meshos_graceful_shutdown)(pick.handle, 1 + draw_below(&random, 3));
    answer("graceful_shutdown", status, pick.good, " shutdown_failed invalid_state ");
    if (status == NET_MESHOS_OK && pick.record && inside.depth == 0)
        end_promised(pick.record, "graceful_shutdown", first && atomic_load(&pick.record->ending) == 1);
    if (pick.record)
        atomic_fetch_sub(&pick.record->ending, 1);
}
