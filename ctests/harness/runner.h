/* Runs cases, several at a time, each in a subprocess. A case that crashes, hangs or exits has failed, the others go
 * on, and those that need what it should have shown are skipped. For the thread of main(); SIGINT, SIGTERM and SIGHUP
 * end the run and all its cases. */
#ifndef HARNESS_RUNNER_H
#define HARNESS_RUNNER_H

#include "job.h"

struct run {
    const struct suite *suite;
    struct job_terms terms;
    const size_t *cases; /* indices of the suite's cases */
    size_t count;
    /* Cases that run at a time. With more than one, RUNNER_SLEEPERS times as many may run beside them that sleep, or
     * have run for so long that they seem to. */
    size_t jobs;
    /* Called in the order of cases, as soon as an outcome and all before it are there. */
    void (*done)(const struct outcome *outcome, void *context);
    void *context;
};

enum { RUNNER_SLEEPERS = 8 };

void runner_run(const struct run *run);

/* Whether a process of its own can open the library, and finds calls in it; else why not is in reason, which the caller
 * frees. */
bool runner_can_open(const struct run *run, struct text *reason);

#endif
