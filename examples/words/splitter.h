/* The first daemon: it gets pieces of text and emits their words, one output each, in lower case. */
#ifndef SPLITTER_H
#define SPLITTER_H

#include <net_meshos_ext.h>
#include <stdatomic.h>

struct splitter {
    uint64_t pieces, words; /* its state: how many it has processed and emitted */
    uint8_t *word;          /* the current word */
    size_t size;
    atomic_bool failed; /* it could not process an event: the counts are worth nothing */
};

/* The callbacks; their user_ctx is a struct splitter, all zero at first. */
extern const NetMeshOsDaemonVtable splitter_callbacks;

void splitter_free(struct splitter *splitter);

#endif
