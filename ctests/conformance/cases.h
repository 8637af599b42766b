/* The cases: tables, one for each topic, at the end of the files cases_TOPIC.c. */
#ifndef CONFORMANCE_CASES_H
#define CONFORMANCE_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "suite.h"

#define CLASS_HEADER "header"       /* the header that the reference shares promises it */
#define CLASS_REFERENCE "reference" /* that header is silent; measured on the reference */
#define CLASS_HARDENING "hardening" /* beyond both */

/* Rows of a table: HEADER("topic.what", function, "clause.one clause.two"), ..., END. What else there is to say follows
 * the clauses, as .prepare, .shows, .needs or .sleeps of struct suite_case. */
#define ROW(id, of_class, function, ...) {.name = id, .class = of_class, .run = function, .clauses = __VA_ARGS__}
#define HEADER(id, function, ...) ROW(id, CLASS_HEADER, function, __VA_ARGS__)
#define REFERENCE(id, function, ...) ROW(id, CLASS_REFERENCE, function, __VA_ARGS__)
#define HARDENING(id, function, ...) ROW(id, CLASS_HARDENING, function, __VA_ARGS__)
#define END {.name = NULL}

/* Whether there is a class of that name. */
bool is_class(const char *name);

/* All cases, in the order of the tables; NULL after the last. */
const struct suite_case *cases_at(size_t index);

/* NULL if there is none of that name. */
const struct suite_case *cases_named(const char *name);

#endif
