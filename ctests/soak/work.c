/* What each thread does: its daemons come and go, events go to everybody's, and everything goes wrong now and then. */
#include "soak.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A daemon's life. Freed when handle_free has returned, as any host does. */
struct life {
    struct node *node;
    NetMeshOsHandle *handle;
    uint64_t id;
    atomic_int inside, destroyed;
    uint64_t outputs, random;
    uint8_t seed[32];
};

pthread_barrier_t soak_all, soak_hang;

/* The ids of all daemons, which may have gone, for whoever sends. */
static _Atomic uint64_t ids[SDKS][THREADS * SLOTS_EACH];

static uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static bool one_in(uint64_t *random, uint64_t n) {
    return draw(random) % n == 0;
}

static void enter(struct life *life) {
    if (atomic_fetch_add(&life->inside, 1) != 0 || atomic_load(&life->destroyed))
        soak_fail("callbacks of a daemon overlap, or come after its end");
}

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t len) {
    struct life *life = ctx;
    enter(life);
    (void)sequence;
    const bool hangs = origin == HANG, calm = atomic_load(&over);
    /* An output that came back is not answered, or it would go round for ever. */
    const bool answers = hangs ? len > 0 : origin < THREADS && !one_in(&life->random, 4);
    const bool fails = !calm && one_in(&life->random, 64);
    if (!calm && one_in(&life->random, 512))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (answers)
        net_meshos_process_emit(emit, payload, len);
    if (hangs)
        pthread_barrier_wait(&soak_hang);
    atomic_fetch_add(&life->node->processed, 1);
    if (fails) {
        atomic_fetch_add(&life->node->failed, 1);
    } else if (answers) {
        life->outputs++;
        atomic_fetch_add(&life->node->outputs, 1);
    }
    atomic_fetch_sub(&life->inside, 1);
    return fails;
}

static void snapshot(void *ctx, NetMeshOsSnapshotEmitCtx *emit) {
    struct life *life = ctx;
    enter(life);
    net_meshos_snapshot_emit(emit, life->seed, sizeof life->seed);
    atomic_fetch_sub(&life->inside, 1);
}

static int restore(void *ctx, const uint8_t *state, size_t len) {
    struct life *life = ctx;
    enter(life);
    if (len != sizeof life->seed || memcmp(state, life->seed, len) != 0)
        soak_fail("restore got another state than snapshot gave");
    atomic_fetch_sub(&life->inside, 1);
    return 0;
}

static void on_control(void *ctx, int kind, uint64_t grace_period_ms, float level) {
    (void)kind, (void)grace_period_ms, (void)level;
    enter(ctx);
    atomic_fetch_sub(&((struct life *)ctx)->inside, 1);
}

static int health(void *ctx) {
    enter(ctx);
    atomic_fetch_sub(&((struct life *)ctx)->inside, 1);
    return NET_MESHOS_HEALTH_HEALTHY;
}

static void destroy(void *ctx) {
    struct life *life = ctx;
    if (atomic_fetch_add(&life->destroyed, 1) || atomic_load(&life->inside))
        soak_fail("destroy comes twice, or beside a callback");
    atomic_fetch_add(&life->node->destroyed, 1);
}

void soak_output(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                 const uint8_t *payload, size_t len) {
    (void)daemon, (void)in_origin, (void)in_sequence, (void)out_sequence, (void)payload, (void)len;
    atomic_fetch_add(&((struct node *)ctx)->heard, 1);
}

static struct life *begin(struct node *node, uint32_t slot, uint64_t *random) {
    static const NetMeshOsDaemonVtable table = {process, snapshot, restore, on_control, health, NULL};
    struct life *life = calloc(1, sizeof *life);
    life->node = node;
    life->random = draw(random);
    life->seed[0] = 1;
    memcpy(life->seed + 1, &slot, sizeof slot);
    if (net_meshos_register_daemon_with_vtable_v2(node->sdk, "soak", 4, life->seed, &table, life, destroy,
                                                  &life->handle) != NET_MESHOS_OK)
        soak_fail("a daemon can't be registered: %s", net_meshos_last_error_message());
    life->id = net_meshos_handle_daemon_id(life->handle);
    atomic_store(&ids[node - nodes][slot], life->id);
    atomic_fetch_add(&node->lives, 1);
    return life;
}

static void end(struct life *life, uint64_t *random) {
    if (one_in(random, 4))
        net_meshos_graceful_shutdown(life->handle, 1 + draw(random) % 3);
    net_meshos_handle_free(life->handle);
    if (atomic_load(&life->destroyed) != 1)
        soak_fail("handle_free has returned before destroy");
    memset(life, 0xEE, sizeof *life);
    free(life);
}

static void send(struct node *node, uint64_t number, uint64_t *random) {
    static const uint8_t bytes[1024];
    NetMeshOsEvent events[32];
    const size_t count = 1 + draw(random) % 32;
    const uint64_t id = atomic_load(&ids[node - nodes][draw(random) % (THREADS * SLOTS_EACH)]);
    for (size_t i = 0; i < count; i++)
        events[i] = (NetMeshOsEvent){number, i, bytes, draw(random) % sizeof bytes};
    if (one_in(random, 4)) {
        const int status = net_meshos_ext_deliver(node->sdk, id, events, NULL, NULL);
        const char *kind = net_meshos_last_error_kind();
        if (status == NET_MESHOS_OK || strcmp(kind, "process_failed") == 0)
            atomic_fetch_add(&node->accepted, 1);
    } else {
        size_t accepted = 0;
        const int status = net_meshos_ext_post(node->sdk, id, events, count, &accepted);
        const char *kind = net_meshos_last_error_kind();
        if (status == NET_MESHOS_OK || strcmp(kind, "queue_full") == 0)
            atomic_fetch_add(&node->accepted, accepted);
    }
}

/* What happens to a daemon, but for its end. */
static void trouble(struct life *life, uint64_t *random) {
    NetMeshOsSdk *sdk = life->node->sdk;
    NetMeshOsDaemonControl control;
    uint8_t *state = NULL;
    size_t len = 0;
    switch (draw(random) % 8) {
    case 0:
        net_meshos_ext_stop_daemon(sdk, life->id, 1);
        net_meshos_ext_restart_daemon(sdk, life->id);
        break;
    case 1:
        if (net_meshos_ext_snapshot(sdk, life->id, &state, &len) == NET_MESHOS_OK && len != sizeof life->seed)
            soak_fail("a snapshot of %zu bytes", len);
        if (state)
            net_meshos_ext_restore(sdk, life->id, state, len);
        net_meshos_ext_free_bytes(state, len);
        break;
    case 2: net_meshos_ext_restart_daemon(sdk, life->id); break;
    case 3: net_meshos_next_control(life->handle, 1, &control); break;
    case 4: net_meshos_publish_log(life->handle, NET_MESHOS_LOG_INFO, "a line", 6); break;
    case 5: net_meshos_free_string(net_meshos_refresh_metadata(life->handle)); break;
    case 6:
        if (life->node == &nodes[1])
            net_meshos_ext_subscribe(sdk, life->id, atomic_load(&ids[1][draw(random) % (THREADS * SLOTS_EACH)]));
        break;
    default: net_meshos_ext_flush(sdk, life->id, 1);
    }
}

/* An SDK that begins and ends, with all that it had. */
static void short_life(pthread_barrier_t *together) {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    const uint8_t seed[32] = {5};
    if (net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk) != NET_MESHOS_OK ||
        net_meshos_register_daemon(sdk, "short", 5, seed, &handle) != NET_MESHOS_OK)
        soak_fail("an SDK can't start: %s", net_meshos_last_error_message());
    if (together)
        pthread_barrier_wait(together);
    net_meshos_sdk_shutdown(sdk);
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
}

/* Every daemon there can be is in a callback at once, and enough of them have emitted so much that the library keeps as
 * much memory for outputs as it ever does: 1 MB. */
static void hang_together(struct life *lives[SDKS][SLOTS_EACH], uint32_t number, uint64_t *random) {
    static const uint8_t bytes[1 << 16];
    const NetMeshOsEvent event = {HANG, 0, bytes, number < 2 ? sizeof bytes : 0};
    for (int n = 0; n < SDKS; n++)
        for (uint32_t i = 0; i < SLOTS_EACH; i++) {
            lives[n][i] = begin(&nodes[n], number * SLOTS_EACH + i, random);
            size_t accepted = 0;
            net_meshos_ext_post(nodes[n].sdk, lives[n][i]->id, &event, 1, &accepted);
            if (accepted != 1)
                soak_fail("an event isn't accepted: %s", net_meshos_last_error_message());
            atomic_fetch_add(&nodes[n].accepted, 1);
        }
    for (int n = 0; n < SDKS; n++)
        for (int i = 0; i < SLOTS_EACH; i++)
            if (net_meshos_ext_flush(nodes[n].sdk, lives[n][i]->id, 60000) != NET_MESHOS_OK)
                soak_fail("not all callbacks run at once: %s", net_meshos_last_error_message());
}

void *soak_thread(void *argument) {
    const uint64_t number = (uint64_t)(uintptr_t)argument;
    uint64_t random = number + 1;
    struct life *lives[SDKS][SLOTS_EACH] = {0};
    /* The most that there will ever be at once, first: what is kept for that many is no growth later. */
    short_life(&soak_all);
    hang_together(lives, (uint32_t)number, &random);
    while (!atomic_load(&over)) {
        struct node *node = &nodes[draw(&random) % SDKS];
        const uint32_t mine = (uint32_t)(draw(&random) % SLOTS_EACH);
        struct life **life = &lives[node - nodes][mine];
        if (!*life)
            *life = begin(node, (uint32_t)number * SLOTS_EACH + mine, &random);
        for (int i = 0; i < 8; i++)
            send(node, number, &random);
        trouble(*life, &random);
        if (one_in(&random, 8)) {
            end(*life, &random);
            *life = NULL;
        }
        if (one_in(&random, 256))
            short_life(NULL);
    }
    /* What waits is processed before the daemons go, so that the accounts can be closed. */
    for (int n = 0; n < SDKS; n++)
        for (int i = 0; i < SLOTS_EACH; i++)
            if (lives[n][i]) {
                net_meshos_ext_restart_daemon(nodes[n].sdk, lives[n][i]->id);
                net_meshos_ext_flush(nodes[n].sdk, lives[n][i]->id, 60000);
                end(lives[n][i], &random);
            }
    return NULL;
}
