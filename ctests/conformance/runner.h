/* Runs cases, each in a process and process group of its own, several at a time. A case that crashes, hangs or
 * exits has failed; the others go on. */
#ifndef CONFORMANCE_RUNNER_H
#define CONFORMANCE_RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include "result.h"

struct run {
    const char *library;
    const size_t *cases; /* indices of cases_at() */
    size_t count;
    size_t jobs;
    uint64_t limit_ms;
    /* Called in the order of cases, as soon as a result and all before it are there. */
    void (*done)(const struct result *result, void *context);
    void *context;
};

void runner_run(const struct run *run);

/* Whether a process of its own can open the library; else why not is in reason. */
int runner_can_open(const char *library, uint64_t limit_ms, struct text *reason);

#endif
