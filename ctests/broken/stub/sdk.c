/* The SDK, its clock and its ticks. */
#define _GNU_SOURCE
#include "stub.h"

#include <signal.h>
#include <stdlib.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed;

__attribute__((constructor)) static void load(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &monotonic);
    if (BREAKS(LOADING))
        raise(SIGILL);
    if (BREAKS(SIGNALS))
        signal(SIGPIPE, SIG_IGN);
}

struct timespec after(uint64_t ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static void *tick(void *argument) {
    NetMeshOsSdk *sdk = argument;
    pthread_mutex_lock(&lock);
    while (!sdk->down) {
        struct timespec next = after(sdk->tick_ms);
        while (!sdk->down && pthread_cond_timedwait(&changed, &lock, &next) == 0) {
        }
        for (NetMeshOsHandle *h = registered; h && !sdk->down; h = h->next) {
            if (h->sdk == sdk && h->vtable.health && !BREAKS(NO_HEALTH))
                (BREAKS(NO_COPY) ? h->table : &h->vtable)->health(h->user_ctx);
            if (h->sdk == sdk && h->vtable.saturation)
                h->vtable.saturation(h->user_ctx);
        }
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int net_meshos_sdk_start(uint64_t this_node, uint64_t tick_interval_ms, size_t event_queue_capacity,
                         size_t action_queue_capacity, size_t control_capacity, NetMeshOsSdk **out) {
    (void)control_capacity;
    CHECK(out, -3, "invalid_argument");
    CHECK((event_queue_capacity | action_queue_capacity) >> 61 == 0, -2, "runtime_panic");
    NetMeshOsSdk *sdk = calloc(1, sizeof *sdk);
    sdk->node = this_node;
    sdk->tick_ms = tick_interval_ms == 0 ? 500 : tick_interval_ms > 1000000 ? 1000000 : tick_interval_ms;
    pthread_create(&sdk->ticker, NULL, tick, sdk);
    *out = sdk;
    return ok();
}

int net_meshos_sdk_shutdown(NetMeshOsSdk *sdk) {
    CHECK(sdk, BREAKS(STATUS) ? -3 : -1, "invalid_argument");
    CHECK(!sdk->down, -4, "already_shutdown");
    pthread_mutex_lock(&lock);
    sdk->down = true;
    if (!BREAKS(NO_WAKE))
        pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (!BREAKS(NO_WAKE))
        pthread_join(sdk->ticker, NULL);
    return ok();
}

/* Handles point to the SDK, so its memory stays: no case here counts that. */
void net_meshos_sdk_free(NetMeshOsSdk *sdk) {
    const char *kind = last_kind, *message = last_message;
    if (sdk && !sdk->down)
        net_meshos_sdk_shutdown(sdk);
    last_kind = kind;
    last_message = message;
}

uint64_t net_meshos_sdk_dropped_control_events(NetMeshOsSdk *sdk) {
    return !sdk || sdk->down ? UINT64_MAX : 0;
}
