/* Many daemons, many subscribers, and delivers inside delivers. */
#include <stdlib.h>

#include "case.h"
#include "curves.h"
#include "daemon.h"

void curve_daemons(void) {
    const size_t most = amount(100000, 1000), wanted = amount(2000000, 4000);
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    for (size_t count = 1; count <= most; count *= 10) {
        struct daemon *daemons = claim(count, sizeof *daemons);
        const size_t rounds = wanted / count;
        NetMeshOsSdk *sdk = start(NULL);
        for (size_t i = 0; i < count; i++)
            enlist_counter(sdk, i, false, &daemons[i]);
        double from = now();
        for (size_t i = 0; i < rounds * count; i++) {
            number_payload(payload, i / count);
            event.sequence = i;
            post(sdk, daemons[i % count].id, &event);
        }
        flush(sdk, 0);
        point("daemons", count, (double)(rounds * count) * 1e3 / (now() - from));
        for (size_t i = 0; i < count; i++)
            check(&daemons[i], rounds);
        stop(sdk);
        free(daemons);
    }
}

void curve_subscribers(void) {
    const size_t most = amount(1000, 100), wanted = amount(4000000, 10000);
    uint8_t payload[PAYLOAD] = {0};
    NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    for (size_t count = 1; count <= most; count *= 10) {
        struct daemon *daemons = claim(count, sizeof *daemons), producer = {0};
        const size_t n = wanted / count;
        NetMeshOsSdk *sdk = start(NULL);
        enlist_counter(sdk, count, true, &producer);
        for (size_t i = 0; i < count; i++) {
            enlist_counter(sdk, i, false, &daemons[i]);
            ok("ext_subscribe", lib.ext_subscribe(sdk, producer.id, daemons[i].id));
        }
        double from = now();
        for (size_t i = 0; i < n; i++) {
            number_payload(payload, i);
            event.sequence = i;
            post(sdk, producer.id, &event);
        }
        flush(sdk, 0);
        point("subscribers", count, (double)(n * count) * 1e3 / (now() - from));
        check(&producer, n);
        for (size_t i = 0; i < count; i++)
            check(&daemons[i], n);
        stop(sdk);
        free(daemons);
    }
}

/* ---- Nested delivers ---- */

enum { DEEPEST = 32 };

struct link {
    NetMeshOsSdk *sdk;
    uint64_t id, events;
    struct link *next;
};

static int pass_on(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length) {
    (void)emit;
    struct link *link = context;
    link->events++;
    if (!link->next)
        return 0;
    const NetMeshOsEvent event = {origin, sequence, payload, length};
    return lib.ext_deliver(link->sdk, link->next->id, &event, NULL, NULL);
}

void curve_nested(void) {
    const size_t n = amount(50000, 500);
    uint8_t payload[PAYLOAD] = {0};
    const NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    for (size_t depth = 1; depth <= DEEPEST; depth *= 2) {
        struct link links[DEEPEST] = {0};
        NetMeshOsSdk *sdk = start(NULL);
        for (size_t i = 0; i < depth; i++) {
            links[i].sdk = sdk;
            links[i].next = i + 1 < depth ? &links[i + 1] : NULL;
            links[i].id = lib.handle_daemon_id(enlist(sdk, i, pass_on, &links[i]));
        }
        double from = now();
        for (size_t i = 0; i < n; i++)
            ok("ext_deliver", lib.ext_deliver(sdk, links[0].id, &event, NULL, NULL));
        point("nested", depth, (now() - from) / 1e3 / (double)n);
        for (size_t i = 0; i < depth; i++)
            if (links[i].events != n)
                fail("%zu events were delivered; level %zu got %llu", n, i + 1, (unsigned long long)links[i].events);
        stop(sdk);
    }
}
