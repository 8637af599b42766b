/*
 * koffi gives callbacks of the library's threads to the event loop, and crashes the process if there is no such loop any
 * more: a Worker that was terminated has run no code of its own that could have ended its SDKs. But Node calls
 * meshos_node_shut() before it takes down what koffi needs. After that no callback of the thread gets as far as koffi.
 */
#include <pthread.h>
#include <stdlib.h>

#include "bridge.h"

enum { GATES = 1024, RUN_ONCE = 1 };

struct gate {
    bool taken;           /* by a thread of Node's */
    pthread_mutex_t lock; /* guards the next three */
    bool open;
    bool sleeping; /* meshos_node_shut waits in the event loop for those that are inside */
    size_t inside;
    struct addresses call; /* changes only while it is neither open nor has somebody inside */

    /* What only that thread touches. */
    void **sdks; /* those that have not been freed */
    size_t count, room;
    bool closed;                                  /* the handle */
    _Alignas(16) char handle[MESHOS_NODE_HANDLE]; /* uv_async_t, which wakes the loop */
};

/* Their memory is never given back: the library may call for a thread that is gone. Another thread may have its gate then,
 * and doesn't know the number that such a call comes with. */
static struct gate gates[GATES];
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER; /* guards taken, made and last */
static size_t made;
static uint64_t last;

const struct addresses *enter(void *context, struct gate **through) {
    struct gate *g = *through = &gates[(uintptr_t)context % GATES];
    pthread_mutex_lock(&g->lock);
    const bool open = g->open;
    if (open)
        g->inside++;
    pthread_mutex_unlock(&g->lock);
    return open ? &g->call : NULL;
}

void leave(struct gate *g) {
    pthread_mutex_lock(&g->lock);
    g->inside--;
    if (g->sleeping)
        g->call.async_send(g->handle);
    pthread_mutex_unlock(&g->lock);
}

static void wake(void *handle) {
    (void)handle;
}

static void closed(void *handle) {
    struct gate *g = (struct gate *)(void *)((char *)handle - offsetof(struct gate, handle));
    g->closed = true;
}

/* Those that are inside wait for the loop, which answers them without JavaScript now. */
static void empty(struct gate *g) {
    if (g->call.async_init(g->call.loop, g->handle, wake) != 0)
        abort(); /* no descriptor: Node itself does no better */
    pthread_mutex_lock(&g->lock);
    g->sleeping = true;
    while (g->inside > 0) {
        pthread_mutex_unlock(&g->lock);
        g->call.run(g->call.loop, RUN_ONCE);
        pthread_mutex_lock(&g->lock);
    }
    g->sleeping = false;
    pthread_mutex_unlock(&g->lock);
    g->closed = false;
    g->call.close(g->handle, closed);
    while (!g->closed)
        g->call.run(g->call.loop, RUN_ONCE);
}

/* Node's thread ends. Called by Node, on that thread. */
EXPORTED void meshos_node_shut(void *gate) {
    struct gate *g = gate;
    pthread_mutex_lock(&g->lock);
    g->open = false;
    const bool busy = g->inside > 0;
    pthread_mutex_unlock(&g->lock);
    if (busy)
        empty(g);
    for (size_t i = 0; i < g->count; i++) {
        g->call.sdk_shutdown(g->sdks[i]);
        g->call.sdk_free(g->sdks[i]);
    }
    free(g->sdks);
    g->sdks = NULL;
    g->count = g->room = 0;
    pthread_mutex_lock(&taking);
    g->taken = false;
    pthread_mutex_unlock(&taking);
}

/* A gate for the thread that calls; NULL: there are too many. */
EXPORTED void *meshos_node_open(const struct addresses *call) {
    pthread_mutex_lock(&taking);
    size_t i = 0;
    while (i < made && gates[i].taken)
        i++;
    struct gate *g = i < GATES ? &gates[i] : NULL;
    if (g)
        g->taken = true;
    if (g && i == made) {
        pthread_mutex_init(&g->lock, NULL);
        made++;
    }
    pthread_mutex_unlock(&taking);
    if (!g)
        return NULL;
    pthread_mutex_lock(&g->lock);
    g->call = *call;
    g->open = true;
    pthread_mutex_unlock(&g->lock);
    return g;
}

/* A number that no other callback has or had: what the library is to hand back. */
EXPORTED uint64_t meshos_node_number(void *gate) {
    pthread_mutex_lock(&taking);
    const uint64_t number = ++last * GATES + (uint64_t)((struct gate *)gate - gates);
    pthread_mutex_unlock(&taking);
    return number;
}

/* An SDK that is to end with the thread, which is the one that calls. Without memory for it it goes on after that. */
EXPORTED void meshos_node_begins(void *gate, void *sdk) {
    struct gate *g = gate;
    if (g->count == g->room) {
        void **more = realloc(g->sdks, (2 * g->room + 8) * sizeof *more);
        if (!more)
            return;
        g->sdks = more;
        g->room = 2 * g->room + 8;
    }
    g->sdks[g->count++] = sdk;
}

/* It has been freed. */
EXPORTED void meshos_node_ends(void *gate, void *sdk) {
    struct gate *g = gate;
    for (size_t i = 0; i < g->count; i++) {
        if (g->sdks[i] == sdk) {
            g->sdks[i] = g->sdks[--g->count];
            return;
        }
    }
}
