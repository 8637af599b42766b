#define _POSIX_C_SOURCE 200809L

#include "counter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fields.h"

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    struct counter *counter = user_ctx;
    (void)emit_ctx;
    (void)origin_hash; /* the splitter's id */
    (void)sequence;    /* the number of the splitter's output */
    if (!table_count(&counter->table, payload, length, 1)) {
        atomic_store(&counter->failed, true);
        return 1;
    }
    atomic_fetch_add_explicit(&counter->words, 1, memory_order_relaxed);
    return 0;
}

/* The sum of all counts, then "12 the\n" for each word. Without memory there is no state, and the host sees that. */
static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit_ctx)
{
    struct counter *counter = user_ctx;
    const struct table *table = &counter->table;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return;
    fprintf(out, "%" PRIu64 "\n", atomic_load(&counter->words));
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].text)
            fprintf(out, "%" PRIu64 " %s\n", table->slots[i].count, table->slots[i].text);
    bool whole = !ferror(out);
    if (fclose(out) == 0 && whole)
        net_meshos_snapshot_emit(emit_ctx, (const uint8_t *)text, length);
    free(text);
}

static bool read_table(struct table *table, struct fields fields, uint64_t words)
{
    uint64_t sum = 0, count;
    const uint8_t *text;
    size_t length;
    while (fields.left > 0) {
        if (!fields_number(&fields, ' ', &count) || !fields_next(&fields, '\n', &text, &length) ||
            !table_count(table, text, length, count))
            return false;
        sum += count;
    }
    return sum == words;
}

/* Takes the whole state, or nothing of it. */
static int restore(void *user_ctx, const uint8_t *state, size_t length)
{
    struct counter *counter = user_ctx;
    struct fields fields = {state, length};
    struct table table = {0};
    uint64_t words;
    if (!fields_number(&fields, '\n', &words) || !read_table(&table, fields, words)) {
        table_free(&table);
        return 1;
    }
    table_free(&counter->table);
    counter->table = table;
    atomic_store(&counter->words, words);
    return 0;
}

static int health(void *user_ctx)
{
    struct counter *counter = user_ctx;
    return atomic_load(&counter->failed) ? NET_MESHOS_HEALTH_UNHEALTHY : NET_MESHOS_HEALTH_HEALTHY;
}

const NetMeshOsDaemonVtable counter_callbacks = {
    .process = process, .snapshot = snapshot, .restore = restore, .health = health};
