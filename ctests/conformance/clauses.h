/* The sentences of net_meshos.h, in the header's order: the texts of all clauses together are the header's comments.
 * So no sentence can be forgotten, and none can change unnoticed (--check-header). */
#ifndef CONFORMANCE_CLAUSES_H
#define CONFORMANCE_CLAUSES_H

#include <stdbool.h>
#include <stddef.h>

#include "suite.h"

struct clause {
    const char *id; /* NULL: the text promises nothing that a program could check */
    const char *text;
    const char *beyond; /* not NULL: why no test through net_meshos.h can check it */
};

#define PROMISE(id, text) {id, text, NULL}
#define BEYOND(id, text, why) {id, text, why}
#define PROSE(text) {NULL, text, NULL}
#define END_OF_CLAUSES {NULL, NULL, NULL}

/* Whether each promise has a case, and each case names existing promises; complains on stderr. */
bool clauses_are_covered(void);

/* The promises, one a line, each with the cases that cover it. */
void clauses_print(void);

/* For the suite: the clauses in their order, false after the last. */
bool clauses_at(size_t index, struct suite_clause *clause);

/* Whether the comments of that header are the clauses; complains on stderr. */
bool clauses_match_header(const char *path);

#endif
