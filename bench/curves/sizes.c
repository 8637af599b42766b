/* Events of 0 bytes to 1 MB, posted and delivered, and how much of the time is copying. */
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "curves.h"
#include "daemon.h"

enum { LARGEST = 1 << 20, IN_FLIGHT = 1 << 24 };

static const size_t sizes[] = {0, 64, 1 << 10, 1 << 16, LARGEST};

struct bytes {
    uint64_t events, bytes;
};

static int measure(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)emit, (void)origin, (void)sequence, (void)payload;
    struct bytes *got = context;
    got->events++;
    got->bytes += length;
    return 0;
}

/* What a copy of so many bytes takes, in ns: into as much memory in turn as may wait in the inbox. */
static double copying(const uint8_t *payload, size_t size) {
    const size_t slots = IN_FLIGHT / size, n = slots * amount(16, 1);
    uint8_t *memory = claim(slots, size);
    memset(memory, 1, slots * size);
    double from = now();
    for (size_t i = 0; i < n; i++) {
        memcpy(memory + i % slots * size, payload, size);
        __asm__ volatile("" : : "r"(memory) : "memory");
    }
    double took = (now() - from) / (double)n;
    free(memory);
    return took;
}

static size_t events_of(size_t size) {
    size_t by_bytes = ((size_t)1 << 30) / (size + 1), most = amount(1000000, 2000);
    return by_bytes < most ? by_bytes / amount(1, 16) : most;
}

static double post_one(const uint8_t *payload, size_t size) {
    const size_t n = events_of(size), in_flight = IN_FLIGHT / (size + 1);
    struct bytes got = {0};
    NetMeshOsEvent event = {1, 0, size ? payload : NULL, size};
    NetMeshOsSdk *sdk = start(NULL);
    uint64_t id = lib.handle_daemon_id(enlist(sdk, 0, measure, &got));
    double from = now();
    for (size_t i = 0; i < n; i++) {
        event.sequence = i;
        post(sdk, id, &event);
        /* Large events don't fill the inbox. So the host waits before they fill the memory. */
        if (i % in_flight == in_flight - 1)
            flush(sdk, id);
    }
    flush(sdk, id);
    double took = (now() - from) / (double)n;
    if (got.events != n || got.bytes != n * size)
        fail("%zu events of %zu bytes were posted; %llu with %llu bytes were processed", n, size,
             (unsigned long long)got.events, (unsigned long long)got.bytes);
    stop(sdk);
    return took;
}

static double deliver_one(const uint8_t *payload, size_t size) {
    const size_t n = events_of(size);
    struct bytes got = {0};
    NetMeshOsEvent event = {1, 0, size ? payload : NULL, size};
    NetMeshOsSdk *sdk = start(NULL);
    uint64_t id = lib.handle_daemon_id(enlist(sdk, 0, measure, &got));
    double from = now();
    for (size_t i = 0; i < n; i++)
        ok("ext_deliver", lib.ext_deliver(sdk, id, &event, NULL, NULL));
    double took = (now() - from) / (double)n;
    if (got.events != n || got.bytes != n * size)
        fail("%zu events of %zu bytes were delivered; %llu with %llu bytes were processed", n, size,
             (unsigned long long)got.events, (unsigned long long)got.bytes);
    stop(sdk);
    return took;
}

static void curve(const char *name, double (*one)(const uint8_t *, size_t)) {
    uint8_t *payload = claim(1, LARGEST);
    memset(payload, 7, LARGEST);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        point(name, sizes[i], one(payload, sizes[i]));
        if (sizes[i] > 0)
            point("copy", sizes[i], copying(payload, sizes[i]));
    }
    free(payload);
}

void curve_post_size(void) {
    curve("post_size", post_one);
}

void curve_deliver_size(void) {
    curve("deliver_size", deliver_one);
}
