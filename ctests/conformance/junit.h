/* Results as a JUnit XML file. */
#ifndef CONFORMANCE_JUNIT_H
#define CONFORMANCE_JUNIT_H

#include <stdio.h>

#include "result.h"

struct junit {
    FILE *file;
    struct text cases;
    size_t tests, failures, skipped;
    uint64_t ms;
};

/* False, with errno, if the file can't be written. */
bool junit_begin(struct junit *j, const char *path);
void junit_result(struct junit *j, const struct result *r);
/* Writes the file; false, with errno, if that fails. */
bool junit_end(struct junit *j);

#endif
