/* A daemon that records its calls, and does what the test says.
 *
 * The test owns the actor, which must stay where it is until its handle has been freed. Callbacks write to it on any
 * thread, one at a time; the test reads gauges and atomics at any time, the rest when no callback runs. */
#ifndef HARNESS_ACTOR_H
#define HARNESS_ACTOR_H

#include <net_meshos_ext.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "call_watch.h"
#include "sync.h"

/* What process was called with. */
struct call {
    NetMeshOsProcessEmitCtx *emit;
    uint64_t origin, sequence;
    const uint8_t *payload;
    size_t length;
};

enum { ACTOR_CONTROLS = 256 };

/* All zero, it is a daemon with a process callback alone, which does nothing. */
struct actor {
    /* Set by the case before it registers the actor. A callback that is set goes into the vtable. */
    int (*process)(struct actor *, const struct call *);
    void (*snapshot)(struct actor *, NetMeshOsSnapshotEmitCtx *);
    int (*restore)(struct actor *, const uint8_t *state, size_t length);
    void (*control)(struct actor *, const NetMeshOsDaemonControl *);
    int (*health)(struct actor *);
    float (*saturation)(struct actor *);
    void (*destroyed)(struct actor *); /* called by destroy */
    bool no_destroy;                   /* registered without one */
    bool plain;                        /* registered by the call of net_meshos.h, and so without one */
    void *context;                     /* the case's */

    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    uint64_t id;

    gauge processed; /* calls of process that have returned */
    gauge controls;  /* calls of on_control that have begun */
    gauge probes, snapshots, restores;
    gauge destroys;
    NetMeshOsDaemonControl control_log[ACTOR_CONTROLS]; /* of the first calls of on_control */
    uint64_t last_origin, last_sequence;                /* of the last event processed */
    pthread_t thread;                                   /* that the last process ran on */

    struct call_watch calls;

    /* While hold is set, process says that it is inside and waits for let_go. */
    atomic_bool hold;
    gauge inside, let_go;
};

/* Registers the actor as the n-th daemon of the SDK. */
void actor_begin(struct actor *a, NetMeshOsSdk *sdk, unsigned n);
int actor_register(struct actor *a, NetMeshOsSdk *sdk, unsigned n);

/* The actor's vtable: what is set. */
NetMeshOsDaemonVtable actor_vtable(const struct actor *a);

/* The function for outputs and destroy that the actor's user_ctx goes with. */
void actor_destroy(void *actor);

/* Has the actor's next process wait inside; posts it an event and returns when it is there. */
void actor_hold(struct actor *a);
void actor_let_go(struct actor *a);

/* Waits until n control events have come, and checks the last of them. */
#define ACTOR_GETS(a, n, kind) actor_gets(__FILE__, __LINE__, (a), (n), (kind))
const NetMeshOsDaemonControl *actor_gets(const char *file, int line, struct actor *a, long n, int kind);

/* Frees the handle and checks that callbacks did not overlap, none came too late and destroy was called once. */
#define ACTOR_END(a) actor_end(__FILE__, __LINE__, (a))
void actor_end(const char *file, int line, struct actor *a);
/* The checks alone. */
#define ACTOR_CHECK(a) actor_check(__FILE__, __LINE__, (a))
void actor_check(const char *file, int line, struct actor *a);

#endif
