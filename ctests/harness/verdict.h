/* Judges a case by what it reported and how its process ended. */
#ifndef HARNESS_VERDICT_H
#define HARNESS_VERDICT_H

#include "outcome.h"

struct evidence {
    const struct text *records; /* of report.h */
    int status;                 /* of waitpid */
    bool timed_out;
    uint64_t limit_ms;
    const char *last_call;
};

/* Fills in verdict, failures and skip. */
void verdict_reach(const struct evidence *e, struct outcome *o);

#endif
