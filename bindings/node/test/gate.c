/* The gate with an event loop of its own: a thread's end waits for the callbacks that are under way, and lets in no more.
 * With Node's loop it depends on the moment of the end whether there are any. */
#undef NDEBUG
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "../bridge/bridge.h"

enum { THREADS = 4 };

void *meshos_node_open(const struct addresses *call);
void meshos_node_shut(void *gate);
uint64_t meshos_node_number(void *gate);
void meshos_node_begins(void *gate, void *sdk);
void meshos_node_ends(void *gate, void *sdk);
int meshos_node_process(void *context, void *emit, uint64_t origin, uint64_t sequence, const void *at, size_t n);

static sem_t inside, answers, wakes;
static atomic_int under_way, ended, handles, loops;
static int loop, sdks[3];

static uint64_t process(uint64_t number, uint32_t token, void *emit, uint64_t origin, uint64_t sequence, const void *at, size_t n) {
    (void)number, (void)emit, (void)origin, (void)sequence, (void)at, (void)n;
    atomic_fetch_add(&under_way, 1);
    sem_post(&inside);
    sem_wait(&answers);
    atomic_fetch_sub(&under_way, 1);
    return (uint64_t)token << 32;
}

/* Answers one callback, and sleeps until something wakes the loop. */
static int run_loop(void *of, int mode) {
    (void)mode;
    assert(of == &loop);
    if (atomic_fetch_add(&loops, 1) < THREADS) {
        sem_post(&answers);
        sem_wait(&wakes);
    }
    return 0;
}

static int async_init(void *of, void *handle, void (*call)(void *handle)) {
    assert(of == &loop);
    call(handle);
    atomic_fetch_add(&handles, 1);
    return 0;
}

static int async_send(void *handle) {
    (void)handle;
    return sem_post(&wakes);
}

static void close_handle(void *handle, void (*call)(void *handle)) {
    atomic_fetch_sub(&handles, 1);
    call(handle);
}

static int sdk_shutdown(void *sdk) {
    assert(atomic_load(&under_way) == 0);
    assert(sdk == &sdks[0] || sdk == &sdks[2]);
    return 0;
}

static void sdk_free(void *sdk) {
    (void)sdk;
    atomic_fetch_add(&ended, 1);
}

static void *callback(void *context) {
    assert(meshos_node_process(context, NULL, 0, 0, NULL, 0) == 0);
    return NULL;
}

int main(void) {
    const struct addresses call = {
        .process = process, .sdk_shutdown = sdk_shutdown, .sdk_free = sdk_free, .loop = &loop, .run = run_loop,
        .async_init = async_init, .async_send = async_send, .close = close_handle,
    };
    alarm(60); /* what waits for ever has failed */
    sem_init(&inside, 0, 0);
    sem_init(&answers, 0, 0);
    sem_init(&wakes, 0, 0);
    void *gate = meshos_node_open(&call), *other = meshos_node_open(&call);
    assert(gate && other && gate != other);
    for (int i = 0; i < 3; i++)
        meshos_node_begins(gate, &sdks[i]);
    meshos_node_ends(gate, &sdks[1]);
    pthread_t threads[THREADS];
    void *context = (void *)(uintptr_t)meshos_node_number(gate);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, callback, context);
    for (int i = 0; i < THREADS; i++)
        sem_wait(&inside);
    meshos_node_shut(gate);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert(atomic_load(&ended) == 2 && atomic_load(&handles) == 0);
    assert(meshos_node_process(context, NULL, 0, 0, NULL, 0) == -1);

    /* The other thread goes on, and a new one may have the gate. */
    sem_post(&answers);
    assert(meshos_node_process((void *)(uintptr_t)meshos_node_number(other), NULL, 0, 0, NULL, 0) == 0);
    assert(meshos_node_open(&call) == gate);
    assert(meshos_node_number(gate) != (uintptr_t)context);
    meshos_node_shut(gate);
    meshos_node_shut(other);
    int opened = 0;
    while (meshos_node_open(&call))
        opened++;
    assert(opened == 1024);
    puts("ok");
}
