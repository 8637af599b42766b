/* The parent's side of one child process. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdbool.h>

#include "options.h"
#include "results.h"
#include "subprocess.h"

struct worker {
    struct subprocess process;
    int commands, lines; /* the ends of its pipes that are the parent's */
    struct text text;    /* read, and not yet taken as lines */
    const struct options *options;
    int library;
    struct results *results;
    struct case_result *result; /* anything but NOT_RUN: the child has ended */
    bool keep;                  /* samples count */
};

/* Starts a child and waits until its case is set up. False: that failed, and the
 * result says why. */
bool worker_start(struct worker *w, const struct options *o, const char *case_name, int library,
                  struct results *results, struct case_result *result);

/* Makes the child measure one round. */
bool worker_round(struct worker *w, bool keep);

/* Ends the child, if it has not ended. */
void worker_end(struct worker *w);

#endif
