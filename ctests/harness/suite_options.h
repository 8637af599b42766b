/* The options that suites have in common, for the tables of their command lines. They write to suite_options, which
 * the thread of main() reads. */
#ifndef HARNESS_SUITE_OPTIONS_H
#define HARNESS_SUITE_OPTIONS_H

#include "command.h"
#include "suite.h"

struct suite_options {
    const char *library;
    const char *junit, *page; /* NULL: no such file is wanted */
    struct suite_selection selection;
    size_t jobs;
    uint64_t limit_ms;
    unsigned slow;
    bool strict, list;
};
extern struct suite_options suite_options;

/* How many there are. */
size_t suite_processors(void);

void suite_take_library(const struct command *c, const char *value);
void suite_take_filter(const struct command *c, const char *value);
void suite_take_junit(const struct command *c, const char *value);
void suite_take_page(const struct command *c, const char *value);
void suite_take_runner(const struct command *c, const char *value);
void suite_take_jobs(const struct command *c, const char *value);
void suite_take_limit(const struct command *c, const char *value);
void suite_take_slow(const struct command *c, const char *value);
void suite_take_strict(const struct command *c, const char *value);
void suite_take_list(const struct command *c, const char *value);

#define SUITE_LIBRARY_OPTION {"lib", "PATH", "the shared library to check", suite_take_library}
#define SUITE_FILTER_OPTION                                                                            \
    {"filter", "TEXT",                                                                                 \
     "only cases whose name has TEXT in it, or matches TEXT if it has * ? or [;\n"                     \
     "given several times: those that fit one of them",                                                \
     suite_take_filter}
#define SUITE_JUNIT_OPTION {"junit", "FILE", "write the results as JUnit XML too", suite_take_junit}
#define SUITE_PAGE_OPTION                                                                              \
    {"report", "FILE", "write a page for people too: HTML, one file that needs no other", suite_take_page}
#define SUITE_JOBS_OPTION                                                                              \
    {"jobs", "N",                                                                                      \
     "cases that run at a time (default: the processors); with more than 1, beside\n"                  \
     "them those that only wait",                                                                      \
     suite_take_jobs}
#define SUITE_RUNNER_OPTION                                                                            \
    {"runner", "CMD",                                                                                  \
     "start the processes of cases by this command, as \"qemu-aarch64 -L /root\":\n"                   \
     "words separated by blanks, the program's path comes after them",                                 \
     suite_take_runner}

#endif
