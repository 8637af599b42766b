/* Runs cases, several at a time, each in a subprocess. A case that crashes, hangs or exits has failed; the others go
 * on. For the thread of main(); SIGINT, SIGTERM and SIGHUP end the run and all its cases. */
#ifndef HARNESS_RUNNER_H
#define HARNESS_RUNNER_H

#include "outcome.h"

struct run {
    const struct suite *suite;
    const char *library;
    const size_t *cases; /* indices of the suite's cases */
    size_t count;
    size_t jobs;
    uint64_t limit_ms; /* for the cases that have no limit of their own */
    unsigned slow;     /* all limits are so many times as long; 0 is 1 */
    /* Called in the order of cases, as soon as an outcome and all before it are there. */
    void (*done)(const struct outcome *outcome, void *context);
    void *context;
};

void runner_run(const struct run *run);

/* Whether a process of its own can open the library; else why not is in reason, which the caller frees. */
bool runner_can_open(const struct run *run, struct text *reason);

#endif
