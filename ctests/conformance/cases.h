/* The cases: tables, one for each topic, at the end of the files cases_TOPIC.c. */
#ifndef CONFORMANCE_CASES_H
#define CONFORMANCE_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "suite.h"

#define CLASS_HEADER "header"       /* the header that the reference shares promises it */
#define CLASS_REFERENCE "reference" /* that header is silent; measured on the reference */
#define CLASS_HARDENING "hardening" /* beyond both */

/* Rows of a table: HEADER("topic.what", function, "clause.one clause.two"), ..., END. */
#define ROW(name, class, prepare, run, clauses) {name, class, run, clauses, prepare, 0}
#define HEADER(name, run, clauses) ROW(name, CLASS_HEADER, NULL, run, clauses)
#define REFERENCE(name, run, clauses) ROW(name, CLASS_REFERENCE, NULL, run, clauses)
#define HARDENING(name, run, clauses) ROW(name, CLASS_HARDENING, NULL, run, clauses)
#define HARDENING_PREPARED(name, prepare, run, clauses) ROW(name, CLASS_HARDENING, prepare, run, clauses)
#define END ROW(NULL, NULL, NULL, NULL, NULL)

/* Whether there is a class of that name. */
bool is_class(const char *name);

/* All cases, in the order of the tables; NULL after the last. */
const struct suite_case *cases_at(size_t index);

/* NULL if there is none of that name. */
const struct suite_case *cases_named(const char *name);

#endif
