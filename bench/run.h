/* Runs the cases. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "cases.h"
#include "results.h"

/* Whether the filter selects the case; NULL selects all. */
bool run_wants(const struct bench_case *c, const char *filter);

size_t run_count(const char *filter);

/* False: no case was run, because a library can't be used. */
bool run_all(const struct options *o, struct results *r);

#endif
