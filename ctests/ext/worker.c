#include "worker.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

int worker_process(struct actor *a, const struct call *c) {
    struct worker *w = a->context;
    if (w->events < LENGTH(w->at))
        w->at[w->events] = now_ms();
    w->events++;
    return c->length == 4 && memcmp(c->payload, "fail", 4) == 0;
}

void worker_snapshot(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    const struct worker *w = a->context;
    if (w->length != SIZE_MAX)
        net_meshos_snapshot_emit(emit, (const uint8_t *)w->state, w->length);
}

int worker_restore(struct actor *a, const uint8_t *state, size_t length) {
    struct worker *w = a->context;
    memset(w->restored, 0, sizeof w->restored);
    if (state && length < sizeof w->restored)
        memcpy(w->restored, state, length);
    w->restored_length = length;
    return w->restore_answer;
}

void take_snapshot(struct actor *a, const char *text) {
    struct worker *w = a->context;
    uint8_t *out = NULL;
    size_t length = 0;
    snprintf(w->state, sizeof w->state, "%s", text);
    w->length = strlen(text);
    NEED_OK(net_meshos_ext_snapshot(a->sdk, a->id, &out, &length));
    CHECK_U64(length, strlen(text));
    net_meshos_ext_free_bytes(out, length);
}

const char *lifecycle(const struct actor *a) {
    return json_text(look_at(a->sdk, a->id), "lifecycle");
}

void put_aside_at_once(void) {
    mesh_keys("'dead_letter_after': 1");
}
