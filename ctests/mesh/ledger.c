#define _XOPEN_SOURCE 700

#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_SIZE = MOST_ORIGINS * 110 };

static void wait_ms(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static struct account *account_of(struct ledger *l, uint64_t origin)
{
    for (size_t i = 0; i < l->origins; i++)
        if (l->accounts[i].origin == origin)
            return &l->accounts[i];
    if (l->origins == MOST_ORIGINS)
        return NULL;
    struct account *a = &l->accounts[l->origins++];
    *a = (struct account){.origin = origin};
    return a;
}

static int process(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    struct ledger *l = context;
    uint64_t value = 0;
    memcpy(&value, payload, length < sizeof value ? length : sizeof value);
    while (l->hang_file && access(l->hang_file, F_OK) == 0)
        wait_ms(10);
    if (l->slow_ms)
        wait_ms(l->slow_ms);
    if (l->poison && value == l->poison)
        return 7;
    struct account *a = account_of(l, origin);
    if (!a)
        return 8;
    if (sequence != a->last + 1)
        a->breaks++;
    a->last = sequence;
    a->count++;
    a->sum += value;
    if (l->echo) {
        uint8_t output[MOST_PAD + sizeof value] = {0};
        memcpy(output, &value, sizeof value);
        net_meshos_process_emit(emit, output, sizeof value + (l->pad < MOST_PAD ? l->pad : MOST_PAD));
    }
    return 0;
}

size_t ledger_text(const struct ledger *l, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < l->origins; i++) {
        const struct account *a = &l->accounts[i];
        int n = snprintf(text + used, size - used, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", a->origin,
                         a->count, a->last, a->sum, a->breaks);
        if (n < 0 || (size_t)n >= size - used)
            return used;
        used += (size_t)n;
    }
    return used;
}

int ledger_parse(struct ledger *l, const char *text, size_t size)
{
    char copy[TEXT_SIZE];
    const char *end = memchr(text, 0, size);
    size_t length = end ? (size_t)(end - text) : size;
    if (length >= sizeof copy)
        return -1;
    memcpy(copy, text, length);
    copy[length] = 0;
    l->origins = 0;
    for (char *line = copy; *line; line = strchr(line, '\n') + 1) {
        struct account *a = &l->accounts[l->origins];
        if (l->origins == MOST_ORIGINS || !strchr(line, '\n') ||
            sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &a->origin, &a->count, &a->last, &a->sum,
                   &a->breaks) != 5)
            return -1;
        l->origins++;
    }
    return 0;
}

/* The ballast follows the text and a NUL. */
static void snapshot(void *context, NetMeshOsSnapshotEmitCtx *emit)
{
    const struct ledger *l = context;
    uint8_t *state = calloc(1, TEXT_SIZE + l->ballast);
    if (!state)
        abort();
    size_t used = ledger_text(l, (char *)state, TEXT_SIZE);
    net_meshos_snapshot_emit(emit, state, l->ballast ? used + l->ballast : used);
    free(state);
}

static int restore(void *context, const uint8_t *state, size_t length)
{
    return ledger_parse(context, (const char *)state, length);
}

const NetMeshOsDaemonVtable ledger_callbacks = {.process = process, .snapshot = snapshot, .restore = restore};

void seed_of(uint64_t number, uint8_t seed[32])
{
    for (size_t i = 0; i < 32; i++)
        seed[i] = (uint8_t)(number >> (i % 8 * 8));
}
