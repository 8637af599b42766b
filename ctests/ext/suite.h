/* The cases of the suite. Each runs in a process of its own, which ends with it. */
#ifndef EXT_SUITE_H
#define EXT_SUITE_H

#include <stdbool.h>

struct suite_case {
    const char *name;
    void (*run)(void);
    unsigned limit_s; /* the runner kills it then */
    const char *file; /* where it stands: the order of the cases is that of files and lines */
    int line;
    struct suite_case *next;
};

void suite_add(struct suite_case *c);

/* CASE(function, "name") { ... } defines a case and adds it to the suite. */
#define CASE_WITHIN(seconds, function, text)                                                                   \
    static void function(void);                                                                                \
    __attribute__((constructor)) static void function##_is_added(void) {                                       \
        static struct suite_case c = {text, function, (seconds), __FILE__, __LINE__, 0};                       \
        suite_add(&c);                                                                                         \
    }                                                                                                          \
    static void function(void)
#define CASE(function, text) CASE_WITHIN(60, function, text)

/* ---- For the case's process ---- */

/* A failure; the case goes on, up to a number of failures. On any thread. */
void case_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether there was one. */
bool case_has_failed(void);

/* Ends the case, whatever its threads do. */
_Noreturn void case_end(void);
_Noreturn void case_skip(const char *reason);

/* The limit that the runner has set for it, in milliseconds. */
unsigned long long case_limit_ms(void);

#endif
