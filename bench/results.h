/* The measurements of all children. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "series.h"

enum outcome { NOT_RUN, MEASURED, ABSENT, CRASHED, HUNG, FAILED };

/* One case on one library. */
struct case_result {
    enum outcome outcome;
    char why[512];
};

/* One figure of one library: a value and a unit for each round. */
struct figure_result {
    struct series values, units;
};

enum { BUCKETS = 64 }; /* bucket i: from 2^i ns on */

struct histogram {
    uint64_t counts[BUCKETS];
};

struct results {
    bool judged;                              /* times are compared with limits: not in a quick run */
    struct case_result *cases[LIBRARIES];     /* as in cases */
    struct figure_result *figures[LIBRARIES]; /* as in figures */
    struct histogram *histograms[LIBRARIES];  /* as in histogram_titles */
    char versions[LIBRARIES][64];             /* of the extension calls, "" if there are none */
};

struct results results_new(bool judged);

void results_sample(struct results *r, int library, const char *key, double value, double unit);
void results_bucket(struct results *r, int library, const char *key, uint64_t floor, uint64_t count);

const struct case_result *results_of_case(const struct results *r, int library, const char *case_name);

/* A figure, ready to be shown. */
struct measured {
    bool there;
    double best, median;             /* in the figure's quantity */
    double units_best, units_median; /* of figures in ns, else 0 */
    double unit;                     /* the median, in ns */
};

struct measured results_measured(const struct results *r, int library, size_t figure);

/* What a figure may be at most, in its quantity: where that is NS, by the unit of this
 * measurement. 0: there is no limit. */
double results_limit(size_t figure, const struct measured *m);

/* Figures that may be zero or negative, because they are differences, have no ratio. */
bool results_has_ratio(const struct measured *a, const struct measured *b);

/* Whether a figure of the first library keeps its limit. */
enum verdict { NO_VERDICT, WITHIN, ONLY_BEST_WITHIN, OVER };

enum verdict results_verdict(const struct results *r, size_t figure);

const char *outcome_name(enum outcome o);

#endif
