#include "answers.h"

#include <stdlib.h>
#include <string.h>

void add_stale(const void *handle) {
    if (handle)
        atomic_store(&world.stale[atomic_fetch_add(&world.stale_next, 1) % STALE], (uintptr_t)handle);
}

static uintptr_t stale(uint64_t *random) {
    return atomic_load(&world.stale[draw_below(random, STALE)]);
}

/* A value that is no handle: freed, small, an address, random bits. */
static uintptr_t made_up(uint64_t *random) {
    static char somewhere[64];
    switch (draw_below(random, 4)) {
    case 0: return 1 + draw_below(random, 64);
    case 1: return (uintptr_t)somewhere + draw_below(random, 64);
    case 2: return (uintptr_t)(draw(random) | UINT64_C(1) << 60);
    default: break;
    }
    const uintptr_t found = stale(random);
    return found ? found : UINTPTR_MAX;
}

struct daemon_pick pick_daemon(uint64_t *random) {
    const uint32_t slot = draw_below(random, slots()), how = draw_below(random, 100);
    struct record *record = atomic_load(&world.daemons[slot]);
    struct sdk *sdk = atomic_load(&world.sdks[slot % SDK_SLOTS]);
    if (how < 84 && record)
        return (struct daemon_pick){LIVE, record->handle, record};
    if (how < 88)
        return (struct daemon_pick){NOTHING, NULL, NULL};
    if (how < 91 && sdk)
        return (struct daemon_pick){BAD, (NetMeshOsHandle *)sdk->handle, NULL};
    return (struct daemon_pick){BAD, (NetMeshOsHandle *)made_up(random), NULL};
}

struct sdk_pick pick_sdk(uint64_t *random) {
    const uint32_t slot = draw_below(random, SDK_SLOTS), how = draw_below(random, 100);
    struct sdk *sdk = atomic_load(&world.sdks[slot]);
    const struct record *record = atomic_load(&world.daemons[slot]);
    if (how < 90) {
        for (uint32_t i = 0; !sdk && i < SDK_SLOTS; i++)
            sdk = atomic_load(&world.sdks[i]);
        if (sdk)
            return (struct sdk_pick){LIVE, sdk->handle, sdk};
    }
    if (how < 93)
        return (struct sdk_pick){NOTHING, NULL, NULL};
    if (how < 96 && record)
        return (struct sdk_pick){BAD, (NetMeshOsSdk *)record->handle, NULL};
    return (struct sdk_pick){BAD, (NetMeshOsSdk *)made_up(random), NULL};
}

struct sdk_pick pick_target(uint64_t *random, uint64_t *id, struct record **target) {
    struct record *record = atomic_load(&world.daemons[draw_below(random, slots())]);
    const uint32_t how = draw_below(random, 100);
    *id = record ? record->id : draw(random);
    *target = NULL;
    if (how < 88 && record) {
        *target = record;
        return (struct sdk_pick){LIVE, record->sdk->handle, record->sdk};
    }
    if (how < 92)
        *id = draw(random);
    return pick_sdk(random);
}

static bool word_in(const char *word, const char *list) {
    const size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += len)
        if (at > list && at[-1] == ' ' && at[len] == ' ')
            return true;
    return false;
}

static void digest(const char *call, int status, const char *kind) {
    if (this_thread != 0 || inside.depth > 0)
        return;
    unsigned long sum = atomic_load(&shared->digest);
    for (; *call; call++)
        sum = sum * 31 + (unsigned char)*call;
    for (; kind && *kind; kind++)
        sum = sum * 31 + (unsigned char)*kind;
    atomic_store(&shared->digest, sum * 31 + (unsigned long)(status + 8));
}

int answer(const char *call, int status, enum good good, const char *allowed) {
    const char *kind = CALL(net_meshos_last_error_kind)();
    const char *message = CALL(net_meshos_last_error_message)();
    digest(call, status, kind);
    if (status == NET_MESHOS_OK) {
        if (kind || message)
            wrong("error: %s returned 0 and left %s", call, kind ? kind : "a message");
        if (good != LIVE)
            wrong("handle: %s took one that is none", call);
        return status;
    }
    if (!kind || !message || !*message)
        wrong("error: %s returned %d without kind or message", call, status);
    const char *only = good == NOTHING ? " invalid_argument " : good == BAD ? " invalid_handle " : NULL;
    if (only && (status != NET_MESHOS_ERR_NULL || !word_in(kind, only)))
        wrong("handle: %s returned %d %s for one that is none", call, status, kind);
    const int expected = strcmp(kind, "invalid_handle") == 0      ? NET_MESHOS_ERR_NULL
                         : strcmp(kind, "already_shutdown") == 0  ? NET_MESHOS_ERR_ALREADY_SHUTDOWN
                         : strcmp(kind, "invalid_argument") == 0  ? (good == NOTHING ? NET_MESHOS_ERR_NULL
                                                                                     : NET_MESHOS_ERR_INVALID_ARG)
                         : strcmp(kind, "invalid_log_level") == 0 ? NET_MESHOS_ERR_INVALID_ARG
                                                                  : NET_MESHOS_ERR_CALL_FAILED;
    if (status != expected)
        wrong("error: %s returned %d with kind %s", call, status, kind);
    if (!only && !word_in(kind, " invalid_handle already_shutdown ") && !word_in(kind, allowed))
        wrong("error: %s may not answer %s: %s", call, kind, message);
    return status;
}

void refuse(const char *call, int status, enum good good, int expected, const char *kind) {
    if (status == NET_MESHOS_OK)
        wrong("error: %s took what it must refuse as %s", call, kind);
    char allowed[64];
    snprintf(allowed, sizeof allowed, " %s ", kind);
    answer(call, status, good, allowed);
    if (good == LIVE && status != expected && status != NET_MESHOS_ERR_NULL && status != NET_MESHOS_ERR_ALREADY_SHUTDOWN)
        wrong("error: %s returned %d instead of %d", call, status, expected);
}
