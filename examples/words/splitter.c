#include "splitter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fields.h"
#include "letters.h"

static bool make_room(struct splitter *splitter, size_t length)
{
    if (length <= splitter->size)
        return true;
    uint8_t *word = realloc(splitter->word, length);
    if (!word)
        return false;
    splitter->word = word;
    splitter->size = length;
    return true;
}

/* No word extends into the next piece: see text.h. The library runs one callback of a daemon at a time, so its
 * state needs no lock. */
static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    struct splitter *splitter = user_ctx;
    (void)origin_hash;
    (void)sequence;
    if (!make_room(splitter, length)) {
        atomic_store(&splitter->failed, true);
        return 1;
    }
    size_t letters = 0;
    for (size_t i = 0; i < length; i++) {
        if (is_letter(payload[i]))
            splitter->word[letters++] = lower(payload[i]);
        if (letters > 0 && (i + 1 == length || !is_letter(payload[i]))) {
            net_meshos_process_emit(emit_ctx, splitter->word, letters); /* which copies it */
            splitter->words++;
            letters = 0;
        }
    }
    splitter->pieces++;
    return 0;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit_ctx)
{
    const struct splitter *splitter = user_ctx;
    char text[64];
    int length = snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64 "\n", splitter->pieces, splitter->words);
    net_meshos_snapshot_emit(emit_ctx, (const uint8_t *)text, (size_t)length);
}

static int restore(void *user_ctx, const uint8_t *state, size_t length)
{
    struct splitter *splitter = user_ctx;
    struct fields fields = {state, length};
    uint64_t pieces, words;
    if (!fields_number(&fields, ' ', &pieces) || !fields_number(&fields, '\n', &words) || fields.left > 0)
        return 1;
    splitter->pieces = pieces;
    splitter->words = words;
    return 0;
}

static int health(void *user_ctx)
{
    struct splitter *splitter = user_ctx;
    return atomic_load(&splitter->failed) ? NET_MESHOS_HEALTH_UNHEALTHY : NET_MESHOS_HEALTH_HEALTHY;
}

const NetMeshOsDaemonVtable splitter_callbacks = {
    .process = process, .snapshot = snapshot, .restore = restore, .health = health};

void splitter_free(struct splitter *splitter)
{
    free(splitter->word);
}
