/* The cases: tables, one for each topic, at the end of the files cases_TOPIC.c. */
#ifndef CONFORMANCE_CASES_H
#define CONFORMANCE_CASES_H

#include <stdbool.h>
#include <stddef.h>

enum case_class {
    CLASS_HEADER,    /* the header that the reference shares promises it */
    CLASS_REFERENCE, /* that header is silent; measured on the reference */
    CLASS_HARDENING, /* beyond both */
};

struct suite_case {
    const char *name; /* topic.what */
    enum case_class class;
    void (*run)(void);
    const char *clauses;   /* ids of clauses, separated by spaces */
    void (*prepare)(void); /* if there: called before the library is opened */
};

/* Rows of a table: HEADER("topic.what", function, "clause.one clause.two"), ..., END. */
#define HEADER(name, run, clauses) {name, CLASS_HEADER, run, clauses, NULL}
#define REFERENCE(name, run, clauses) {name, CLASS_REFERENCE, run, clauses, NULL}
#define HARDENING(name, run, clauses) {name, CLASS_HARDENING, run, clauses, NULL}
#define HARDENING_PREPARED(name, prepare, run, clauses) {name, CLASS_HARDENING, run, clauses, prepare}
#define END {NULL, CLASS_HEADER, NULL, NULL, NULL}

const char *class_name(enum case_class class);

/* False if there is no class of that name. */
bool class_of(const char *name, enum case_class *class);

/* All cases, in the order of the tables. */
size_t cases_count(void);
const struct suite_case *cases_at(size_t index);

/* NULL if there is none of that name. */
const struct suite_case *cases_named(const char *name);

/* What was chosen on the command line. */
struct selection {
    const enum case_class *class; /* NULL: all */
    /* One of them must fit the name; none: all. A glob if it has one of * ? [, else a part of the name. */
    const char *const *filters;
    size_t filter_count;
};

/* Writes the indices of the selected cases to chosen, which has room for all; returns their number. */
size_t cases_select(const struct selection *selection, size_t *chosen);

#endif
