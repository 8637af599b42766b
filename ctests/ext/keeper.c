#include "keeper.h"

#include <stdio.h>
#include <string.h>

int keeper_append(struct actor *a, const struct call *c) {
    struct text *t = a->context;
    if (c->length == 4 && memcmp(c->payload, "fail", 4) == 0)
        return 1;
    if (c->payload)
        strncat(t->text, (const char *)c->payload, c->length);
    return 0;
}

void keeper_give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit) {
    const struct text *t = a->context;
    if (!t->silent)
        net_meshos_snapshot_emit(emit, (const uint8_t *)t->text, strlen(t->text));
}

int keeper_take(struct actor *a, const uint8_t *state, size_t length) {
    struct text *t = a->context;
    t->processed_at_restore = gauge_get(&a->processed);
    if (t->answer == 0)
        snprintf(t->text, sizeof t->text, "%.*s", (int)length, state ? (const char *)state : "");
    return t->answer;
}
