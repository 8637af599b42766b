/* What was measured of one figure, round by round. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <stddef.h>

struct series {
    double *values;
    size_t n, size;
};

void series_add(struct series *s, double value);

/* Of a series that isn't empty. */
double series_best(const struct series *s); /* the smallest */
double series_median(const struct series *s);

#endif
