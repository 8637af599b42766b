/* A small net_meshos in C, right enough for the cases that run.sh names, and broken on purpose by -DBREAK_...:
 * what the conformance suite must catch. Each break is where its name is mentioned, and nowhere else. */
#ifndef STUB_H
#define STUB_H

#include <net_meshos.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "../breaks.h"

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

/* What isn't the contract's is the stub's own. */
#pragma GCC visibility push(hidden)

/* One lock for everything, held during callbacks too. */
extern pthread_mutex_t lock;
extern pthread_cond_t changed;
extern NetMeshOsHandle *registered;

#ifdef BREAK_SHARED_ERROR
#define PER_THREAD
#else
#define PER_THREAD _Thread_local
#endif

extern PER_THREAD const char *last_kind, *last_message;

/* Set the last error and return the status; ok() clears it. */
int error(int status, const char *kind);
int ok(void);

#define CHECK(condition, status, kind)     \
    do {                                   \
        if (!(condition))                  \
            return error((status), (kind)); \
    } while (0)

bool is_utf8(const char *text, size_t length);

/* That long from now, of the clock by which `changed` waits. */
struct timespec after(uint64_t ms);

/* Takes it out of `registered`. */
void unregister(NetMeshOsHandle *handle);

#pragma GCC visibility pop

#endif
