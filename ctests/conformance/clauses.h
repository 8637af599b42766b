/* What net_meshos.h says, sentence by sentence, in the order of the header: the texts of all clauses, one after
 * the other, are the header's comments. So no sentence can be forgotten, and none can change unnoticed
 * (--check-header). */
#ifndef CONFORMANCE_CLAUSES_H
#define CONFORMANCE_CLAUSES_H

#include <stdbool.h>
#include <stddef.h>

struct clause {
    const char *id; /* NULL: the text promises nothing that a program could check */
    const char *text;
    const char *beyond; /* not NULL: why nothing that is done through net_meshos.h can show it */
};

#define PROMISE(id, text) {id, text, NULL}
#define BEYOND(id, text, why) {id, text, why}
#define PROSE(text) {NULL, text, NULL}
#define END_OF_CLAUSES {NULL, NULL, NULL}

/* Whether each promise has a case and each case names promises that there are; complains on stderr. */
bool clauses_are_covered(void);

/* The promises, one a line, each with the cases that cover it. */
void clauses_print(void);

/* Whether the comments of that header are the clauses; complains on stderr. */
bool clauses_match_header(const char *path);

#endif
