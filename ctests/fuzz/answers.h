/* What a call may answer, by what it was given. */
#ifndef FUZZ_ANSWERS_H
#define FUZZ_ANSWERS_H

#include "world.h"

/* How good a handle is that an operation uses. */
enum good {
    LIVE,    /* it was when it was picked; another thread may have freed it since */
    NOTHING, /* NULL */
    BAD,     /* certainly none */
};

struct daemon_pick {
    enum good good;
    NetMeshOsHandle *handle;
    struct record *record; /* LIVE: whose it is */
};

struct sdk_pick {
    enum good good;
    NetMeshOsSdk *handle;
    struct sdk *sdk;
};

/* How many daemons there may be at once. */
static inline uint32_t slots(void) {
    return world.plan.profile == CHAOS && plan_crowded(world.plan.seed) ? 4 : DAEMON_SLOTS;
}

struct daemon_pick pick_daemon(uint64_t *random);
struct sdk_pick pick_sdk(uint64_t *random);
/* The SDK of a daemon and its id, mostly; also ids of nobody. */
struct sdk_pick pick_target(uint64_t *random, uint64_t *id, struct record **record);

void add_stale(const void *handle);

/* Checks status and last error. allowed: kinds between blanks that a LIVE handle may get beside invalid_handle and
 * already_shutdown, as " queue_full draining ". Returns the status. */
int answer(const char *call, int status, enum good good, const char *allowed);

/* The same for an argument that no state makes valid, which comes after the handle's checks. */
void refuse(const char *call, int status, enum good good, int expected, const char *kind);

#endif
