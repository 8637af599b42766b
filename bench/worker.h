/* The parent's side of one child process. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "options.h"
#include "results.h"

struct worker {
    pid_t pid;
    int commands, lines; /* file descriptors; -1: none */
    int errors;          /* what the child says on standard error */
    char text[4096];     /* read, and not yet taken as lines */
    size_t length;
    const struct options *options;
    int library;
    struct results *results;
    struct case_result *result; /* anything but NOT_RUN: the child has ended */
    bool keep;                  /* samples count */
};

/* Starts a child and waits until its case is set up. False: it isn't, and the
 * result says why. */
bool worker_start(struct worker *w, const struct options *o, const char *case_name, int library,
                  struct results *results, struct case_result *result);

/* Has it measure one round. */
bool worker_round(struct worker *w, bool keep);

/* Ends it; no harm where it has ended. */
void worker_end(struct worker *w);

#endif
