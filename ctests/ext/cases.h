/* The cases of the suite. Each runs in a process of its own, which ends with it. */
#ifndef EXT_CASES_H
#define EXT_CASES_H

#include "suite.h"

/* A case, which may be defined in any file; cases are ordered by file and line. */
struct case_definition {
    struct suite_case what;
    const char *file;
    int line;
    struct case_definition *next;
};

/* Called before main(), by the constructors that CASE makes. The definition must live as long as the program. */
void cases_add(struct case_definition *d);

/* NULL after the last. */
const struct suite_case *cases_at(size_t index);

/* CASE(function, "name") { ... } defines a case. It is killed after this many seconds. */
#define CASE_WITHIN(seconds, function, text)                                                           \
    static void function(void);                                                                        \
    __attribute__((constructor)) static void function##_is_added(void) {                               \
        static struct case_definition d = {                                                            \
            .what = {.name = text, .run = function, .limit_s = (seconds)}, .file = __FILE__, .line = __LINE__}; \
        cases_add(&d);                                                                                 \
    }                                                                                                  \
    static void function(void)
#define CASE(function, text) CASE_WITHIN(60, function, text)

#endif
