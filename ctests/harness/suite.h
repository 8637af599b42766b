/* A suite of cases, each of which runs in a process of its own. The tables are the suite's and never change while
 * it runs; all functions are for the thread of main(). */
#ifndef HARNESS_SUITE_H
#define HARNESS_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct suite_case {
    const char *name;
    const char *class; /* shown with the result; NULL: the suite has none */
    void (*run)(void);
    const char *clauses;   /* what it checks, ids separated by blanks; NULL: the suite has none */
    void (*prepare)(void); /* if there: called before the library is opened */
    unsigned limit_s;      /* what it may take; 0: what the command line says */
    const char *shows; /* in words, what other cases need that this one shows; NULL: none needs it */
    const char *needs; /* names of cases that must have passed, separated by blanks; else this one is skipped */
    /* Names of cases whose failure makes it leave out a step, see suite_shown(), separated by blanks. */
    const char *uses;
    bool sleeps;       /* it waits more than it works, and may run beside as many others as there are jobs */
};

/* A sentence that cases check. */
struct suite_clause {
    const char *chapter; /* what it stands in */
    const char *id, *text;
    const char *beyond; /* why no case can check it; NULL: one can */
};

struct suite {
    const char *program;
    /* The cases in their order; NULL after the last. */
    const struct suite_case *(*at)(size_t index);
    /* If there: called in the process of each case once the library is open. */
    void (*begin)(void);
    /* Failures of this class count only if the run is strict; NULL: all count. */
    const char *lenient_class;
    /* If there: the clauses in their order; false after the last. */
    bool (*clause)(size_t index, struct suite_clause *clause);
};

size_t suite_count(const struct suite *s);

/* NULL if there is none of that name. */
const struct suite_case *suite_case_named(const struct suite *s, const char *name, size_t length);

/* Whether each case that another needs or uses exists, shows something, and doesn't need that other; complains on
 * stderr. */
bool suite_needs_are_sound(const struct suite *s);

/* Takes the next name from a list separated by blanks: moves *names behind it. Returns its length; 0 at the end. */
size_t suite_next_name(const char **names, const char **name);

/* What was chosen on the command line. */
struct suite_selection {
    const char *class; /* NULL: all */
    /* One of them must fit the name; none: all. A glob if it has one of * ? [, else a part of the name. */
    const char **filters;
    size_t filter_count;
};

/* Writes the indices of the selected cases to chosen, which has room for all; returns their number. */
size_t suite_select(const struct suite *s, const struct suite_selection *selection, size_t *chosen);

/* The first argument of a case's process. What follows: name of the case, library, report pipe, file of the last
 * call, time limit in ms, names of the cases that it uses and that have not passed, separated by blanks. Without a name
 * it only opens the library. */
#define SUITE_CHILD_FLAG "--in-child"
enum { SUITE_CHILD_ARGUMENTS = 8 };

/* Whether this process is that of a case. */
bool suite_is_child(int count, char **arguments);

/* In the process of a case: whether a case that it uses has passed. */
bool suite_shown(const char *name);

/* Skips the running case for want of what one that it uses shows. */
_Noreturn void suite_skip_without(const char *name);

/* Runs the case that the arguments name, and ends the process. */
_Noreturn void suite_run_child(const struct suite *s, char **arguments);

#endif
