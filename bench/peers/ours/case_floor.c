/* What the parts of a post cost alone: below their sum no post can get that has them all. */
#include <pthread.h>
#include <string.h>

#include "case.h"
#include "cases.h"
#include "daemon.h"

/* Keeps the compiler from leaving out what nobody reads. */
static void use(const void *memory) {
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static double mutexes(size_t n) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    double from = now();
    for (size_t i = 0; i < n; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    return (now() - from) / (double)n;
}

static double copies(size_t n) {
    enum { SLOTS = 65536 };
    static uint8_t memory[SLOTS][PAYLOAD];
    uint8_t payload[PAYLOAD] = {1};
    memset(memory, 1, sizeof memory);
    double from = now();
    for (size_t i = 0; i < n; i++) {
        memcpy(memory[i % SLOTS], payload, PAYLOAD);
        use(memory);
    }
    return (now() - from) / (double)n;
}

void case_floor(void) {
    const size_t n = amount(5000000, 10000);
    struct daemon daemon = {0};
    NetMeshOsSdk *sdk = start(NULL);
    enlist_counter(sdk, 0, false, &daemon);
    report("floor_mutex", mutexes(n));
    report("floor_copy", copies(n));
    double from = now();
    for (size_t i = 0; i < n; i++)
        if (lib.handle_daemon_id(daemon.handle) != daemon.id)
            fail("the daemon has another id");
    report("floor_accessor", (now() - from) / (double)n);
    from = now();
    for (size_t i = 0; i < n; i++)
        ok("ext_post", lib.ext_post(sdk, daemon.id, NULL, 0, NULL));
    report("floor_empty_post", (now() - from) / (double)n);
    flush(sdk, daemon.id);
    if (daemon.events != 0)
        fail("%llu events were processed of none", (unsigned long long)daemon.events);
    stop(sdk);
}
