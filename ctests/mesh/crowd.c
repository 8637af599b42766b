#define _XOPEN_SOURCE 700

#include "crowd.h"

#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_MEMBERS = 16384 };

static struct {
    size_t count;
    struct {
        struct ledger *ledger;
        NetMeshOsHandle *handle;
    } members[MOST_MEMBERS];
} crowd;

/* While the servers can't be reached for a moment, it is asked again. */
static int subscribe(NetMeshOsSdk *sdk, uint64_t producer, uint64_t to)
{
    for (int attempts = 0;; attempts++) {
        int status = net_meshos_ext_subscribe(sdk, producer, to);
        const char *kind = net_meshos_last_error_kind();
        if (status == 0 || attempts == 100 || !kind ||
            (strcmp(kind, "mesh_unavailable") != 0 && strcmp(kind, "timeout") != 0))
            return status;
        struct timespec t = {0, 100000000};
        nanosleep(&t, NULL);
    }
}

int crowd_gather(NetMeshOsSdk *sdk, uint64_t first, size_t count, uint64_t producer)
{
    for (uint64_t value = first; value < first + count; value++) {
        if (crowd.count == MOST_MEMBERS)
            return -3;
        char name[32];
        int length = snprintf(name, sizeof name, "member-%llu", (unsigned long long)value);
        uint8_t seed[32];
        seed_of(value, seed);
        struct ledger *l = calloc(1, sizeof *l);
        NetMeshOsHandle *handle = NULL;
        int status = net_meshos_register_daemon_with_vtable(sdk, name, (size_t)length, seed, &ledger_callbacks, l, &handle);
        if (status == 0)
            status = subscribe(sdk, producer, net_meshos_handle_daemon_id(handle));
        if (status != 0)
            return status;
        crowd.members[crowd.count].ledger = l;
        crowd.members[crowd.count].handle = handle;
        crowd.count++;
    }
    return 0;
}

static int agrees(NetMeshOsSdk *sdk, uint64_t id, uint64_t producer, uint64_t last)
{
    uint8_t *state = NULL;
    size_t length = 0;
    if (net_meshos_ext_snapshot(sdk, id, &state, &length) != 0)
        return 0;
    struct ledger l = {0};
    int read = ledger_parse(&l, (const char *)state, length);
    net_meshos_ext_free_bytes(state, length);
    const struct account *a = &l.accounts[0];
    return read == 0 && l.origins == 1 && a->origin == producer && a->count == last && a->last == last && a->breaks == 0 &&
           a->sum == last * (last + 1) / 2;
}

size_t crowd_agree(NetMeshOsSdk *sdk, uint64_t producer, uint64_t last)
{
    size_t agree = 0;
    for (size_t i = 0; i < crowd.count; i++)
        if (agrees(sdk, net_meshos_handle_daemon_id(crowd.members[i].handle), producer, last))
            agree++;
    return agree;
}

void crowd_leave(void)
{
    for (size_t i = 0; i < crowd.count; i++) {
        net_meshos_handle_free(crowd.members[i].handle);
        free(crowd.members[i].ledger);
    }
    crowd.count = 0;
}
