/* The side of the case's process: what it says to the runner. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"
#include "suite.h"

enum { MOST_FAILURES = 20 };

static atomic_int failures;
static int report = -1;
static unsigned long long limit_ms;

void case_begin(int report_pipe, unsigned long long limit) {
    report = report_pipe;
    limit_ms = limit;
}

static void tell(const char *text) {
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t n = write(report, text, length);
        if (n <= 0)
            return; /* the runner has gone, and nobody listens */
        text += n;
        length -= (size_t)n;
    }
}

void case_failed(const char *format, ...) {
    char text[2048];
    va_list arguments;
    int n = atomic_fetch_add(&failures, 1);
    if (n >= MOST_FAILURES)
        case_end();
    va_start(arguments, format);
    vsnprintf(text, sizeof text - 2, format, arguments);
    va_end(arguments);
    strcat(text, "\n");
    tell(text); /* in one write, so that two threads don't mix */
}

bool case_has_failed(void) {
    return atomic_load(&failures) > 0;
}

void case_end(void) {
    _exit(case_has_failed() ? CASE_FAILED : CASE_PASSED);
}

void case_skip(const char *reason) {
    if (case_has_failed())
        case_end();
    tell(reason);
    _exit(CASE_SKIPPED);
}

unsigned long long case_limit_ms(void) {
    return limit_ms;
}
