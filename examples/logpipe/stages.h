/* The three daemons of the pipeline: their states and their callbacks. */
#ifndef STAGES_H
#define STAGES_H

#include <net_meshos.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum { DEBUG, INFO, WARN, ERROR, LEVELS };

enum { LONGEST = 65536 }; /* bytes of a line, without its end */

extern const char *const level_names[LEVELS];

/* The number of a level by its name of that length; LEVELS if it is none. */
int level_of(const char *name, size_t length);

/* Gets lines "TIME LEVEL MESSAGE" and emits them with the level's number before them. */
struct parser {
    uint64_t malformed; /* lines that are no such lines */
};

/* Gets those and emits the ones of the lowest level and above. */
struct filter {
    int lowest;
    uint64_t dropped;
};

/* Gets those, counts them and writes them. */
struct counter {
    uint64_t counts[LEVELS];
    FILE *kept;       /* where the lines go; NULL: nowhere */
    atomic_int error; /* errno of the write that failed; atomic: the host looks while the daemon works */
};

extern const NetMeshOsDaemonVtable parser_callbacks, filter_callbacks, counter_callbacks;

#endif
