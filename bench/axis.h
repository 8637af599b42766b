/* A logarithmic axis. */
#ifndef BENCH_AXIS_H
#define BENCH_AXIS_H

#include <stdbool.h>

struct axis {
    double low, high;        /* values at its ends */
    double start, end;       /* where these are drawn */
};

/* From the 1, 2 or 5 below the smallest to that above the largest value. */
struct axis axis_around(double smallest, double largest, double start, double end);

double axis_at(const struct axis *a, double value);

/* The next place for a line after value; the first is that of a->low / 2. A major
 * one has a label. False: there is no other. */
bool axis_next(const struct axis *a, double *value, bool *major);

#endif
