/* Which cases run, in which order they start, and which are skipped because another has failed. For one thread.
 *
 * A case that a selected one needs or uses runs too, selected or not, and before it. */
#ifndef HARNESS_PLAN_H
#define HARNESS_PLAN_H

#include "outcome.h"

struct planned {
    bool selected; /* else it runs only because others need it, and nobody is told of it */
    bool started, done;
    struct outcome outcome; /* once it is done */
};

struct plan {
    const struct suite *suite;
    struct planned *cases; /* in the suite's order */
    size_t count;
    size_t *order; /* places in cases, as they should start */
};

/* chosen: indices of the suite's cases. The plan is freed with plan_free. */
struct plan plan_make(const struct suite *s, const size_t *chosen, size_t count);
void plan_free(struct plan *p);

/* The case that should start next, of those that sleep or of the others, and that nothing it needs keeps waiting; NULL:
 * there is none now. */
struct planned *plan_next(struct plan *p, bool sleeps);

/* The names of the cases that it uses and that have not passed, separated by blanks. The text is the caller's. */
struct text plan_left_out(struct plan *p, const struct planned *c);

/* Notes what came of a case, which the plan now owns, and skips those that can't be run after that. */
void plan_take(struct plan *p, struct planned *c, struct outcome outcome);

#endif
