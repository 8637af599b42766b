/* Runs what was selected of a suite, and writes the results. For the thread of main(). */
#ifndef HARNESS_SUITE_RUN_H
#define HARNESS_SUITE_RUN_H

#include "suite_options.h"

/* Lists the selected cases with `list`, or runs them on the library. Returns the exit status: 0 nothing failed that
 * counts, 1 something did, 2 nothing could be run. */
int suite_run(const struct suite *s, const struct suite_options *o, void (*list)(const struct suite_case *c));

#endif
