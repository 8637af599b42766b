/* The first daemon: it takes pieces of text and gives out their words, one output each, in lower case. */
#ifndef SPLITTER_H
#define SPLITTER_H

#include <net_meshos_ext.h>
#include <stdatomic.h>

struct splitter {
    uint64_t pieces, words; /* its state: what it has taken, and given out */
    uint8_t *word;          /* the word at hand */
    size_t size;
    atomic_bool failed; /* it could not process an event: the counts are worth nothing */
};

/* The callbacks; their user_ctx is a struct splitter, all zero at first. */
extern const NetMeshOsDaemonVtable splitter_callbacks;

void splitter_free(struct splitter *splitter);

#endif
