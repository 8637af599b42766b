/* Runs plans in child processes, and makes one that fails smaller. */
#ifndef FUZZ_ROUND_H
#define FUZZ_ROUND_H

#include "world.h"

struct verdict {
    char text[600];
    char kind[24]; /* the first word: what a smaller plan must fail with, too */
    unsigned long digest;
};

/* false: it failed, and the verdict says how. */
bool round_run(const struct plan *plan, const char *library, struct verdict *verdict);

/* Leaves out what isn't needed for the failure, for at most so long. */
void round_shrink(struct plan *plan, const char *library, struct verdict *verdict, double seconds);

#endif
