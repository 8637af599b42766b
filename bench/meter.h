/* Times a call by repeating it, often enough to fill a round. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stddef.h>
#include <stdint.h>

struct meter {
    const char *key;        /* the figure: ns per call */
    void (*calls)(size_t n);
    uint64_t span;          /* ns that a round takes */
    size_t per_call;        /* operations in one call; 0 means 1 */
    size_t n;               /* found in the first round, which is the warm-up */
};

void meter_round(struct meter *m);

#endif
