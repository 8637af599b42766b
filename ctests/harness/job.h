/* A case that runs in a process of its own. For the thread of main(). */
#ifndef HARNESS_JOB_H
#define HARNESS_JOB_H

#include "outcome.h"
#include "subprocess.h"

/* What all jobs of a run have in common. */
struct job_terms {
    const char *program; /* the suite's name */
    const char *library;
    uint64_t limit_ms; /* for the cases that have no limit of their own */
    unsigned slow;     /* all limits are so many times as long; 0 is 1 */
};

struct job {
    const struct suite_case *what;
    struct subprocess process; /* its pid is 0 where none runs */
    uint64_t limit_ms;
    int report;    /* read end */
    int last_call; /* file of one int */
    struct text records, left_out;
};

/* what: NULL only opens the library. left_out: of its outcome; the job takes it. */
void job_start(struct job *job, const struct job_terms *terms, const struct suite_case *what, struct text left_out);

/* Takes what the job has to say. Returns whether its process has ended. */
bool job_attend(struct job *job);

/* Ends a job whose process has ended, or is to. The outcome is the caller's. */
struct outcome job_finish(struct job *job);

#endif
