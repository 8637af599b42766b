/* A net_meshos that behaves as the Rust cdylib of net-mesh 0.25.0 was measured to: right in most things, and with
 * faults of its own, which the conformance suite must find, and it alone. It wraps a right library, whose path is the
 * macro REAL, and has no extension calls. */
#define _GNU_SOURCE
#include "reference.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct real real;

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed;

__attribute__((constructor)) static void load(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &monotonic);
    void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        abort();
    }
#define LOOK_UP(name) memcpy(&real.name, &(void *){dlsym(library, "net_meshos_" #name)}, sizeof real.name);
    MESHOS_CALLS(LOOK_UP)
}

void panic(const char *what) {
    fprintf(stderr, "thread panicked: %s\n", what);
    abort();
}

void use(int live) {
    if (live != LIVE)
        panic("use of what is no handle");
}

void use_length(size_t length) {
    if (length > PTRDIFF_MAX / 2)
        panic("a slice that is too long");
}

/* ---- The last error: the real library's, or one of this file's that came after it. */

static _Thread_local const char *own_kind;

int fails(int status, const char *kind) {
    own_kind = kind;
    return status;
}

int passes(int status) {
    own_kind = NULL;
    return status;
}

int succeeds(void) {
    real.clear_last_error();
    return passes(0);
}

const char *net_meshos_last_error_kind(void) {
    return own_kind ? own_kind : real.last_error_kind();
}

const char *net_meshos_last_error_message(void) {
    return own_kind ? "it can't be done" : real.last_error_message();
}

void net_meshos_clear_last_error(void) {
    succeeds();
}

/* ---- Time */

struct timespec after(uint64_t ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000 > 1000000000 ? 1000000000 : ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* ---- What is freed last stays, so that its use ends the process and does nothing worse. */

enum { KEPT = 512 }; /* more than a case wants to be different, fewer than it counts rounds */

struct retired {
    void *kept[KEPT];
    size_t so_far;
};

static void retire(struct retired *r, void *freed) {
    pthread_mutex_lock(&lock);
    void **place = &r->kept[r->so_far++ % KEPT];
    free(*place);
    *place = freed;
    pthread_mutex_unlock(&lock);
}

/* ---- The SDK */

int net_meshos_sdk_start(uint64_t node, uint64_t tick, size_t event_queue, size_t action_queue, size_t control,
                         NetMeshOsSdk **out) {
    if (out && (event_queue | action_queue) >> 61)
        panic("capacity overflow");
    NetMeshOsSdk *started = NULL;
    int status = real.sdk_start(node, tick, event_queue, action_queue, control, out ? &started : NULL);
    if (status == 0) {
        *out = malloc(sizeof **out);
        **out = (NetMeshOsSdk){LIVE, started, false, event_queue};
    }
    return passes(status);
}

int net_meshos_sdk_shutdown(NetMeshOsSdk *sdk) {
    if (sdk) {
        use(sdk->live);
        sdk->down = true; /* and nobody who waits is told */
    }
    return passes(real.sdk_shutdown(sdk ? sdk->real : NULL));
}

/* Handles look at the SDK, so it stays for a while: freed is what the host can't use. */
void net_meshos_sdk_free(NetMeshOsSdk *sdk) {
    if (!sdk)
        return;
    use(sdk->live);
    sdk->down = true;
    sdk->live = FREED;
    real.sdk_free(sdk->real);
    static struct retired sdks;
    retire(&sdks, sdk);
}

uint64_t net_meshos_sdk_dropped_control_events(NetMeshOsSdk *sdk) {
    if (sdk)
        use(sdk->live);
    return real.sdk_dropped_control_events(sdk ? sdk->real : NULL);
}

/* ---- Daemons */

static int finish_registration(NetMeshOsSdk *sdk, int status, NetMeshOsHandle *made, NetMeshOsHandle **out) {
    if (status == -2 && strcmp(real.last_error_kind(), "runtime_panic") == 0)
        panic("a NUL in a name, or a capacity");
    if (status == 0) {
        *out = calloc(1, sizeof **out);
        **out = (NetMeshOsHandle){.live = LIVE, .real = made, .sdk = sdk, .own_event = after(5)};
        pthread_mutex_init(&(*out)->busy, NULL);
    }
    return passes(status);
}

int net_meshos_register_daemon(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed,
                               NetMeshOsHandle **out) {
    NetMeshOsHandle *made = NULL;
    if (sdk) {
        use(sdk->live);
        use_length(length);
    }
    int status = real.register_daemon(sdk ? sdk->real : NULL, name, length, seed, out ? &made : NULL);
    return finish_registration(sdk, status, made, out);
}

/* Neither on_control nor health nor saturation is ever called. */
int net_meshos_register_daemon_with_vtable(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed,
                                           const NetMeshOsDaemonVtable *vtable, void *user_ctx, NetMeshOsHandle **out) {
    NetMeshOsHandle *made = NULL;
    NetMeshOsDaemonVtable called = {0};
    if (sdk) {
        use(sdk->live);
        use_length(length);
    }
    if (vtable)
        called = (NetMeshOsDaemonVtable){vtable->process, vtable->snapshot, vtable->restore, NULL, NULL, NULL};
    int status = real.register_daemon_with_vtable(sdk ? sdk->real : NULL, name, length, seed, vtable ? &called : NULL,
                                                  user_ctx, out ? &made : NULL);
    return finish_registration(sdk, status, made, out);
}

void net_meshos_handle_free(NetMeshOsHandle *handle) {
    if (!handle)
        return;
    use(handle->live);
    pthread_mutex_lock(&lock);
    handle->freed = true;
    pthread_cond_broadcast(&changed);
    while (handle->waiting > 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    real.handle_free(handle->real);
    handle->live = FREED;
    static struct retired handles;
    retire(&handles, handle);
}

uint64_t net_meshos_handle_daemon_id(const NetMeshOsHandle *handle) {
    if (handle)
        use(handle->live);
    return real.handle_daemon_id(handle ? handle->real : NULL);
}

const char *net_meshos_handle_daemon_name(const NetMeshOsHandle *handle) {
    if (handle)
        use(handle->live);
    return real.handle_daemon_name(handle ? handle->real : NULL);
}
