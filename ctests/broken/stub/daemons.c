/* Registering daemons, and their handles. */
#define _GNU_SOURCE
#include "stub.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

NetMeshOsHandle *registered;

/* The handles that were freed last stay as they are, as a thread may still wait on one, or free it again. */
static NetMeshOsHandle *freed[256];
static unsigned retirements;

static void retire(NetMeshOsHandle *handle) {
    NetMeshOsHandle **place = &freed[retirements++ % (sizeof freed / sizeof freed[0])];
    if (*place && (*place)->waiting == 0) {
        free((*place)->name);
        free(*place);
    }
    handle->retired = true;
    *place = handle;
}

static void *stay(void *unused) {
    pause();
    return unused;
}

/* A little at each registration, or something now and then. */
static void leak(void) {
    static char *volatile leaked;
    static unsigned registrations;
    registrations++;
    if (BREAKS(LEAK))
        leaked = malloc(64);
    (void)leaked;
    if (BREAKS(DESCRIPTORS) && registrations % 100 == 0)
        (void)!dup(1);
    if (BREAKS(THREADS) && registrations % 100 == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, stay, NULL);
    }
}

static int add(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed,
               const NetMeshOsDaemonVtable *vtable, void *user_ctx, NetMeshOsHandle **out) {
    NetMeshOsHandle *h = registered;
    while (h && (h->sdk != sdk || memcmp(h->seed, seed, sizeof h->seed) != 0))
        h = h->next;
    if (BREAKS(OUT_WRITTEN))
        *out = NULL;
    CHECK(!h, -2, BREAKS(KIND) ? "duplicate" : "register_failed");
    leak();
    h = calloc(1, sizeof *h);
    h->sdk = sdk;
    h->name = calloc(1, length + 1);
    memcpy(h->name, name, length);
    if (BREAKS(NO_NUL))
        h->name[length] = '?';
    memcpy(h->seed, seed, sizeof h->seed);
    if (vtable)
        h->vtable = *vtable;
    h->table = vtable;
    h->user_ctx = user_ctx;
    h->next = registered;
    registered = h;
    *out = h;
    return ok();
}

static int check_and_add(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed,
                         const NetMeshOsDaemonVtable *vtable, void *user_ctx, NetMeshOsHandle **out) {
    CHECK(sdk, -1, "invalid_argument");
    CHECK(name && seed && out, -3, "invalid_argument");
    if (BREAKS(OVERREAD) && strlen(name) > 1 << 20)
        abort();
    CHECK(is_utf8(name, length), -3, "invalid_argument");
    CHECK(!vtable || vtable->process, -3, "invalid_argument");
    CHECK(!sdk->down, -4, "already_shutdown");
    if (BREAKS(ABORT) && memchr(name, 0, length))
        abort();
    CHECK(!memchr(name, 0, length), -2, "runtime_panic");
    pthread_mutex_lock(&lock);
    int status = add(sdk, name, length, seed, vtable, user_ctx, out);
    pthread_mutex_unlock(&lock);
    return status;
}

int net_meshos_register_daemon(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len, const uint8_t *seed_ptr,
                               NetMeshOsHandle **out) {
    return check_and_add(sdk, name_ptr, name_len, seed_ptr, NULL, NULL, out);
}

int net_meshos_register_daemon_with_vtable(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                           const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                           void *user_ctx, NetMeshOsHandle **out) {
    CHECK(sdk, -1, "invalid_argument");
    CHECK(vtable_ptr, -3, "invalid_argument");
    return check_and_add(sdk, name_ptr, name_len, seed_ptr, vtable_ptr, user_ctx, out);
}

void unregister(NetMeshOsHandle *handle) {
    for (NetMeshOsHandle **at = &registered; *at; at = &(*at)->next) {
        if (*at == handle) {
            *at = handle->next;
            return;
        }
    }
}

void net_meshos_handle_free(NetMeshOsHandle *handle) {
    if (!handle)
        return;
    pthread_mutex_lock(&lock);
    if (!BREAKS(LATE_CALLBACK) || !handle->vtable.health)
        unregister(handle);
    handle->consumed = true; /* threads that wait are woken, and still use the memory */
    pthread_cond_broadcast(&changed);
    if (!BREAKS(LATE_CALLBACK) && !handle->retired)
        retire(handle);
    pthread_mutex_unlock(&lock);
}

uint64_t net_meshos_handle_daemon_id(const NetMeshOsHandle *handle) {
    uint64_t id = 0;
    if (handle)
        memcpy(&id, handle->seed, sizeof id);
    return id;
}

const char *net_meshos_handle_daemon_name(const NetMeshOsHandle *handle) {
    return handle ? handle->name : NULL;
}
