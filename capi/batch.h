/* Batches of events as C and Go share them: an array of these, and one buffer
 * with the payloads. */
#ifndef MESHOS_BATCH_H
#define MESHOS_BATCH_H

#include <stdint.h>

/* An event without its payload, which is at bytes + offset. Go's event.Meta has
 * the same layout: run.go checks that. */
struct event_meta {
    uint64_t origin, sequence, offset, length;
};

enum { RUN_BATCH = 256 }; /* the most events of one batch; run.go checks it against Go's */

#endif
