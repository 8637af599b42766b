/* A daemon with every callback, which records its calls. */
#ifndef CONFORMANCE_PROBE_H
#define CONFORMANCE_PROBE_H

#include <net_meshos.h>
#include <pthread.h>
#include <stdatomic.h>

#include "call_watch.h"
#include "fixture.h"
#include "sync.h"

struct probe {
    NetMeshOsHandle *handle;

    gauge health, saturation, controls; /* calls begun */
    gauge finished;                     /* callbacks that have returned, of any kind */
    NetMeshOsDaemonControl last;        /* what the last on_control got; after GAUGE_NEED(&controls, ...) */
    pthread_t thread;                   /* that the last callback ran on */

    struct call_watch calls;

    /* If hold is set, health adds to `inside` and waits for let_go. */
    atomic_bool hold;
    gauge inside, let_go;

    /* Called in health, if there. */
    void (*in_health)(struct probe *);
    /* Called in on_control, if there. */
    void (*in_control)(struct probe *);
    void *context;

    int health_answer;
    float saturation_answer;
};

NetMeshOsDaemonVtable probe_vtable(void);

/* Registers the probe as the n-th daemon of the SDK. */
NetMeshOsHandle *probe_register(struct probe *p, NetMeshOsSdk *sdk, unsigned n);

/* Returns when health has been called that many times more. */
#define PROBE_TICKS(p, ticks) GAUGE_NEED_WITHIN(&(p)->health, gauge_get(&(p)->health) + (ticks), ticks_ms(ticks))

/* Returns then too, but goes on without them where a library has none: for what should happen amid ticks. */
void probe_lives(struct probe *p, long ticks);

/* Fails the case if callbacks overlapped or came too late. */
#define CHECK_PROBE(p) CHECK_CALLS(&(p)->calls)

/* Holds the probe's next health call, and returns when the probe is inside. */
void probe_hold(struct probe *p);
void probe_let_go(struct probe *p);

#endif
