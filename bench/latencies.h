/* Single latencies of a round: their percentiles, and the histogram of all rounds. */
#ifndef BENCH_LATENCIES_H
#define BENCH_LATENCIES_H

#include <stddef.h>
#include <stdint.h>

struct latencies {
    uint64_t *ns;
    size_t n, size;
};

void latencies_init(struct latencies *l, size_t size);

/* Latencies beyond the size are not recorded. */
void latencies_add(struct latencies *l, uint64_t ns);

void latencies_sort(struct latencies *l);

/* Of sorted latencies. share: 0.5 is the median. */
double latencies_at(const struct latencies *l, double share);

/* Sends the histogram: how many lie between one power of two and the next. */
void latencies_send(const struct latencies *l, const char *key);

void latencies_clear(struct latencies *l);

#endif
