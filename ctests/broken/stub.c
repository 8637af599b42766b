/* A small net_meshos in C, right enough for the cases that run.sh names, and broken on purpose by -DBREAK_...:
 * what the conformance suite must catch. Each break is where its name is mentioned, and nowhere else. */
#define _GNU_SOURCE
#include <calls.h>
#include <net_meshos.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "breaks.h"

struct NetMeshOsSdk {
    uint64_t node, tick_ms;
    bool down;
    pthread_t ticker;
};

struct NetMeshOsHandle {
    NetMeshOsSdk *sdk;
    struct NetMeshOsHandle *next; /* in `registered` */
    char *name;
    uint8_t seed[32];
    NetMeshOsDaemonVtable vtable;
    const NetMeshOsDaemonVtable *table; /* the caller's */
    void *user_ctx;
    bool consumed, has_event;
    unsigned waiting; /* threads in next_control or graceful_shutdown */
    bool retired;     /* among the freed ones */
    uint64_t grace_ms;
};

/* One lock for everything, held during callbacks too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static NetMeshOsHandle *registered;

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

/* ---- The last error ---- */

#ifdef BREAK_SHARED_ERROR
#define PER_THREAD
#else
#define PER_THREAD _Thread_local
#endif

static PER_THREAD const char *last_kind, *last_message;

static int error(int status, const char *kind) {
    last_kind = kind;
    last_message = "something was wrong";
    if (BREAKS(NO_MESSAGE))
        last_message = NULL;
    return status;
}

static int ok(void) {
    if (!BREAKS(KEPT_ERROR))
        last_kind = last_message = NULL;
    return NET_MESHOS_OK;
}

const char *net_meshos_last_error_kind(void) {
    return last_kind;
}

const char *net_meshos_last_error_message(void) {
    return last_message;
}

void net_meshos_clear_last_error(void) {
    last_kind = last_message = NULL;
}

#define CHECK(condition, status, kind)     \
    do {                                   \
        if (!(condition))                  \
            return error((status), (kind)); \
    } while (0)

/* The character at the start of the text, of RFC 3629; its length is 0 if there is none. */
static size_t character(const unsigned char *c, size_t length) {
    size_t n = c[0] < 0x80                    ? 1
               : c[0] >= 0xc2 && c[0] < 0xe0 ? 2
               : (c[0] & 0xf0) == 0xe0       ? 3
               : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xed && c[1] > 0x9f, too_large = c[0] == 0xf4 && c[1] > 0x8f;
    return (overlong && !BREAKS(OVERLONG)) || (surrogate && !BREAKS(SURROGATES)) || too_large ? 0 : n;
}

static bool is_utf8(const char *text, size_t length) {
    for (size_t i = 0, n; i < length; i += n)
        if ((n = character((const unsigned char *)text + i, length - i)) == 0)
            return false;
    return true;
}

static struct timespec after(uint64_t ms) {
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

/* ---- The SDK ---- */

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

/* ---- Daemons ---- */

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

static void unregister(NetMeshOsHandle *handle) {
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

/* ---- Control ---- */

static void give(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    if (BREAKS(PADDING)) { /* no fault, and the suite must not take it for one */
        out->kind = NET_MESHOS_CONTROL_NONE;
        out->grace_period_ms = 0;
        out->level = 0;
    } else {
        memset(out, 0, BREAKS(NOT_ZERO) ? sizeof out->kind : sizeof *out);
    }
    if (!handle->has_event)
        return;
    handle->has_event = false;
    out->kind = NET_MESHOS_CONTROL_SHUTDOWN;
    if (BREAKS(FIELDS)) /* as if level came before grace_period_ms */
        memcpy((char *)out + 16, &handle->grace_ms, sizeof handle->grace_ms);
    else
        out->grace_period_ms = handle->grace_ms;
}

int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    CHECK(handle, -1, "invalid_argument");
    if (BREAKS(CRASH))
        out->kind = 0;
    CHECK(out, -3, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    pthread_mutex_lock(&lock);
    give(handle, out);
    pthread_mutex_unlock(&lock);
    return ok();
}

int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    CHECK(handle, -1, "invalid_argument");
    CHECK(out, -3, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    struct timespec deadline = after(timeout_ms - (BREAKS(EARLY) && timeout_ms > 1));
    bool limited = timeout_ms > 0 && timeout_ms < 1000000000;
    int timed_out = 0;
    pthread_mutex_lock(&lock);
    handle->waiting++;
    while (!handle->has_event && !handle->consumed && !handle->sdk->down && (!timed_out || BREAKS(HANG))) {
        if (limited)
            timed_out = pthread_cond_timedwait(&changed, &lock, &deadline);
        else
            pthread_cond_wait(&changed, &lock);
    }
    handle->waiting--;
    give(handle, out);
    pthread_mutex_unlock(&lock);
    return ok();
}

int net_meshos_graceful_shutdown(NetMeshOsHandle *handle, uint64_t grace_ms) {
    CHECK(handle, -1, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    pthread_mutex_lock(&lock);
    handle->waiting++;
    handle->grace_ms = grace_ms > 0 ? grace_ms : 5000;
    handle->has_event = true;
    for (int times = BREAKS(TWICE) ? 2 : 1; times > 0 && handle->vtable.on_control; times--)
        handle->vtable.on_control(handle->user_ctx, NET_MESHOS_CONTROL_SHUTDOWN, handle->grace_ms, 0.0f);
    pthread_cond_broadcast(&changed);
    struct timespec deadline = after(handle->grace_ms > 1000000000 ? 1000000000 : handle->grace_ms);
    while (!handle->consumed && pthread_cond_timedwait(&changed, &lock, &deadline) == 0) {
    }
    handle->waiting--;
    handle->consumed = true;
    unregister(handle);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return ok();
}

/* ---- Logs, metadata, capabilities ---- */

/* Outside of malloc, as a library with a memory management of its own would. */
static void keep_line(const char *line, size_t length) {
    enum { ROOM = 1 << 20 };
    static char *room;
    static size_t used = ROOM;
    if (length > ROOM - used) {
        room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        used = 0;
    }
    memcpy(room + used, line, length);
    used += length;
}

int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message_ptr, size_t message_len) {
    CHECK(handle, -1, "invalid_argument");
    if (BREAKS(ORDER))
        CHECK(message_ptr, -3, "invalid_argument");
    CHECK(level >= 0 && level <= 4, -3, "invalid_log_level");
    CHECK(message_ptr, -3, "invalid_argument");
    CHECK(is_utf8(message_ptr, message_len), -3, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    CHECK(!handle->sdk->down, -2, "loop_closed");
    CHECK(!BREAKS(FULL), -2, "queue_full");
    if (BREAKS(KEPT_LINES))
        keep_line(message_ptr, message_len);
    if (BREAKS(PRINTS)) {
        puts("ok 1 - forged\n1..0\nBail out!");
        fflush(stdout);
    }
    return ok();
}

static char *text_of(const NetMeshOsHandle *handle) {
    static char shared[4096];
    const char *format = BREAKS(KEY_ORDER) ? "{\"daemon_name\":\"%2$s\",\"daemon_id\":%1$llu,"
                                           : "{\"daemon_id\":%1$llu,\"daemon_name\":\"%2$s\",";
    char *text = BREAKS(SHARED_TEXT) ? shared : malloc(sizeof shared);
    int n = snprintf(text, sizeof shared, format, (unsigned long long)net_meshos_handle_daemon_id(handle), handle->name);
    snprintf(text + n, sizeof shared - (size_t)n, "\"maintenance_state\":{\"kind\":\"active\"},\"node_id\":%llu,\"peers\":[]}",
             (unsigned long long)handle->sdk->node);
    return text;
}

char *net_meshos_metadata(const NetMeshOsHandle *handle) {
    if (BREAKS(EXIT))
        exit(0);
    if (handle && !handle->consumed)
        return text_of(handle);
    error(0, handle ? "already_shutdown" : "invalid_argument");
    return NULL;
}

#ifndef BREAK_MISSING
char *net_meshos_refresh_metadata(NetMeshOsHandle *handle) {
    return net_meshos_metadata(handle);
}
#endif

void net_meshos_free_string(char *s) {
    if (!BREAKS(SHARED_TEXT))
        free(s);
}

/* Takes any text between brackets. */
int net_meshos_publish_capabilities(NetMeshOsHandle *handle, const char *tags_json_ptr, size_t tags_json_len) {
    CHECK(handle, -1, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    if (tags_json_len == 0)
        return ok();
    CHECK(tags_json_ptr && tags_json_ptr[0] == '[' && tags_json_ptr[tags_json_len - 1] == ']', -3, "invalid_argument");
    return ok();
}

void net_meshos_process_emit(NetMeshOsProcessEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len) {
    (void)ctx, (void)payload_ptr, (void)payload_len;
}

void net_meshos_snapshot_emit(NetMeshOsSnapshotEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len) {
    (void)ctx, (void)payload_ptr, (void)payload_len;
}

/* Whatever net_meshos.h declares is defined here: without that this doesn't link. */
#ifndef BREAK_MISSING
#define DEFINED(name) (void (*)(void))net_meshos_##name,
__attribute__((used)) static void (*const defined[])(void) = {MESHOS_CALLS(DEFINED)};
#endif
