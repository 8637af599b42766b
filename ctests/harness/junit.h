/* Outcomes as a JUnit XML file. The caller owns the struct, which one thread uses; junit_end() frees what it
 * holds and closes the file. */
#ifndef HARNESS_JUNIT_H
#define HARNESS_JUNIT_H

#include <stdio.h>

#include "outcome.h"

struct junit {
    FILE *file;
    const char *suite; /* the class of cases that have none */
    struct text cases;
    size_t tests, failures, skipped;
    uint64_t ms;
};

/* False, with errno, if the file can't be written. */
bool junit_begin(struct junit *j, const char *path, const char *suite);
void junit_result(struct junit *j, const struct outcome *o);
/* Writes the file; false, with errno, if that fails. */
bool junit_end(struct junit *j);

#endif
