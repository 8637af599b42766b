/* An actor whose state is a text: the payloads that it has processed. The payload "fail" fails. */
#ifndef EXT_KEEPER_H
#define EXT_KEEPER_H

#include "actor.h"

struct text {
    char text[64];
    int answer;  /* of restore */
    bool silent; /* snapshot emits nothing */
    long processed_at_restore;
};

int keeper_append(struct actor *a, const struct call *c);
void keeper_give(struct actor *a, NetMeshOsSnapshotEmitCtx *emit);
int keeper_take(struct actor *a, const uint8_t *state, size_t length);

#define KEEPER_CALLS .process = keeper_append, .snapshot = keeper_give, .restore = keeper_take

#define KEEPER(a, t)               \
    struct text t = {.answer = 0}; \
    struct actor a = {KEEPER_CALLS, .context = &t}

#endif
